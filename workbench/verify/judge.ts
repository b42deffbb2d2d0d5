import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';
import { parseJson } from '../../nodes/transport/body';
import type { Answer, Reading } from '../../nodes/wire/call';
import { facts, listAlternatives, listFacts } from './facts';
import type { Exchange, Recording } from './recorder';
import { readStep } from './steps';

export interface Row {
	fact: string;
	mark: 'documented' | 'inferred' | 'unknown';
	seen: 'as expected' | 'otherwise' | 'not seen';
	/** What was seen otherwise. */
	what?: string;
}

/** Reads a recording with the mapping of its provider: one row for each fact, then what is in no document. */
export function judge(recording: Recording): { rows: Row[]; unread: string[] } {
	const name = providerNames.find((each) => each === recording.provider);
	if (name === undefined) throw new Error(`There is no provider "${recording.provider}"`);
	const seen = observe(name, recording);
	const { documented, inferred, statusPlaces } = facts[name];
	const toRows = (mark: Row['mark'], groups: readonly string[]) =>
		listFacts(groups).map((fact): Row => ({ fact, mark, ...compare(fact, seen, unread) }));
	const unknown = (fact: string, what: string): Row => ({
		...{ fact, mark: 'unknown', seen: 'otherwise', what },
	});
	const read = listFacts([...documented, ...inferred])
		.filter((fact) => /^(?:field|link) /.test(fact))
		.flatMap(listAlternatives)
		.map((fact) => fact.split(' ')[2] ?? '')
		.concat(statusPlaces);
	const unread = listBehind('field ', seen).filter((field) => {
		const [step = '', place] = field.split(' ');
		const isRead = read.some((each) => `${place}.`.startsWith(`${each}.`));
		return /^(?:create|status|result)$/.test(step) && !isRead;
	});
	const rows = [
		...toRows('documented', documented),
		...toRows('inferred', inferred),
		...listBehind('unknown ', seen).map((word) =>
			unknown(`word ${word}`, 'the mapping does not know it, and takes it for running'),
		),
		...(recording.problem === undefined ? [] : [unknown('run', recording.problem)]),
	];
	return { rows, unread };
}

/** What was seen that begins with some words, without them. */
const listBehind = (head: string, seen: readonly string[]) =>
	seen.filter((each) => each.startsWith(head)).map((each) => each.slice(head.length));

function compare(
	fact: string,
	seen: readonly string[],
	unread: readonly string[],
): Pick<Row, 'seen' | 'what'> {
	const isSeen = (each: string) => seen.some((other) => `${other}.`.startsWith(`${each}.`));
	if (listAlternatives(fact).some(isSeen)) return { seen: 'as expected' };
	const [kind = '', step = ''] = fact.split(' ');
	// A later check may show what the earlier ones did not.
	const isOver = !/^(?:status|result)$/.test(step) || seen.includes(`success ${step}`);
	const isMissing = isOver && !fact.endsWith('?');
	const instead: Readonly<Record<string, readonly string[]>> = {
		...{ header: listBehind('header ', seen), file: listBehind('file ', seen) },
		...{ route: listBehind(`route ${step} `, seen), error: listBehind(`error ${step} `, seen) },
		link: isOver ? listBehind(`video ${step} `, seen) : [],
	};
	const found = instead[kind]?.slice(0, 5) ?? [];
	if (found.length > 0) return { seen: 'otherwise', what: found.join(', ') };
	if (kind === 'link' && isMissing) return { seen: 'otherwise', what: 'no link' };
	if (kind !== 'field' || !isMissing || listBehind(`field ${step} `, seen).length === 0)
		return { seen: 'not seen' };
	// It may have another name.
	const others = listBehind(`${step} `, unread).join(', ') || 'known fields';
	return { seen: 'otherwise', what: `missing beside ${others}` };
}

interface Read {
	exchange: Exchange;
	/** Without an answer its HTTP status is 0. */
	answer: Answer;
	reading: Reading<unknown>;
}

/** What a recording shows, in the words of the facts. */
function observe(name: ProviderName, { model, exchanges }: Recording): string[] {
	const reads = exchanges.map((exchange): Read => {
		const { httpStatus = 0, headers = {}, body = '' } = exchange.answer ?? {};
		const text = typeof body === 'string' ? body : '';
		const contentType = headers['content-type'] ?? '';
		const answer = { httpStatus, headers, contentType, body: parseJson(text) };
		return { exchange, answer, reading: readStep(exchange.step, name, model, answer) };
	});
	const seen = reads.flatMap((read) => [
		observeRoute(read, reads),
		...observeAnswer(read, facts[name].statusPlaces),
	]);
	return [...new Set([...seen, ...observeKey(reads)])];
}

/** A route counts if it never failed, or only for a while. */
function observeRoute({ exchange: { step } }: Read, reads: readonly Read[]): string {
	const those = reads.filter(({ exchange }) => exchange.step === step);
	const isTransient = ({ answer: { httpStatus } }: Read) =>
		httpStatus === 0 || httpStatus === 429 || httpStatus >= 500;
	const bad = those.find((read) => !isGood(read) && !(isTransient(read) && those.some(isGood)));
	return bad === undefined ? `route ${step}` : `route ${step} ${describe(bad)}`;
}

const isPage = ({ contentType }: Answer) => /html/i.test(contentType);
const isAccepted = ({ httpStatus }: Answer) => httpStatus >= 200 && httpStatus < 300;

function isGood({ exchange: { step }, answer, reading }: Read): boolean {
	if (reading.kind !== 'read' || isPage(answer) || answer.httpStatus === 0) return false;
	// A result may come with the HTTP status of the job that failed; a redirect leads to a file.
	const isRedirect = step === 'download' && answer.httpStatus < 400;
	return isAccepted(answer) || step === 'result' || isRedirect;
}

function describe({ answer, reading }: Read): string {
	if (answer.httpStatus === 0) return 'no answer';
	const status = `HTTP ${answer.httpStatus}`;
	if (isPage(answer)) return `${status}, a web page`;
	if (!isAccepted(answer) || reading.kind === 'read') return status;
	return `${status}, ${reading.kind === 'unreadable' ? reading.message : reading.failure.message}`;
}

/** The key counts if it was accepted, and a wrong one was not. */
function observeKey(reads: readonly Read[]): string[] {
	const right = reads.find(({ exchange }) => exchange.step === 'keyTest');
	const wrong = reads.find(({ exchange }) => exchange.step === 'wrongKey');
	if (right === undefined || !isGood(right) || !wrong?.answer.httpStatus) return [];
	return [isGood(wrong) ? 'header a wrong key is accepted' : `header ${right.exchange.key}`];
}

function observeAnswer({ exchange, answer, reading }: Read, statusPlaces: readonly string[]) {
	const { step } = exchange;
	const { body, httpStatus, contentType } = answer;
	if (httpStatus === 0) return [];
	const leaves = listLeaves(body);
	if (step === 'wrongKey' || step === 'unknownJob') {
		const texts = leaves.filter(({ place, value }) => place !== '' && typeof value === 'string');
		const found = texts.length > 0 ? texts.map(({ place }) => place) : ['without JSON'];
		return found.map((place) => `error ${step} ${httpStatus} ${place}`);
	}
	if (step === 'download') {
		if (httpStatus >= 300 && httpStatus < 400) return [];
		// Inside JSON, or without a type of its own.
		const isFile = isAccepted(answer) && /json|octet-stream/.test(contentType);
		return [`file ${isFile ? 'video/mp4' : contentType || `HTTP ${httpStatus}`}`];
	}
	if (!isAccepted(answer)) return [];
	const value: unknown = reading.kind === 'read' ? reading.value : undefined;
	const { state = value } = Object(value) as { state?: unknown };
	const { status, statusWord } = Object(state) as { status?: string; statusWord?: string };
	const fields = leaves.filter(({ place }) => place !== '');
	const words = fields.filter(({ place }) => statusPlaces.includes(place));
	const videos = fields.filter((leaf) => /https?:.*(?:\.mp4|video)/.test(String(leaf.value)));
	return [
		...fields.map(({ place }) => `field ${step} ${place}`),
		...(Array.isArray(value) ? value.map((id) => `model ${id}`) : []),
		...(step === 'create' ? listLeaves(exchange.body).map(({ place }) => `sent ${place}`) : []),
		...(/create|status/.test(step) ? words.map((word) => `word ${word.value}`.toLowerCase()) : []),
		...(statusWord === undefined ? [] : [`unknown ${statusWord}`]),
		...(status !== 'succeeded'
			? []
			: [
					`success ${step}`,
					...fields.map(({ place }) => `link ${step} ${place}`),
					...videos.map(({ place }) => `video ${step} a link at ${place}`),
				]),
	];
}

/** Every value in a body but objects and null, with its place. Numbers of lists are 0. */
function listLeaves(value: unknown, place = ''): Array<{ place: string; value: unknown }> {
	if (value === null || value === undefined) return [];
	if (typeof value !== 'object') return [{ place, value }];
	const entries = Object.entries(Array.isArray(value) ? value.slice(0, 1) : value);
	return entries.flatMap(([key, child]) =>
		listLeaves(child, place === '' ? key : `${place}.${key}`),
	);
}
