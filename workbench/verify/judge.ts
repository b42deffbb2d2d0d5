import { openAiModels, isVeoModel } from '../../nodes/providers/dialects/models';
import type { ProviderName } from '../../nodes/providers';
import { providerNames, providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import type { JobState } from '../../nodes/jobs/job';
import type { Answer, Reading } from '../../nodes/wire/call';
import { facts, listFacts } from './facts';
import type { Exchange, Step } from './recorder';
import type { Recording } from './redact';
import { toInput } from './verify';

export type Seen = { kind: 'expected' } | { kind: 'otherwise'; what: string } | { kind: 'notSeen' };
export interface Row {
	fact: string;
	mark: 'documented' | 'inferred' | 'unknown';
	seen: Seen;
}

interface Read {
	exchange: Exchange;
	answer: Answer;
	/** The parsed body. */
	reading: Reading<unknown>;
}

/** Reads a recording with the mapping of its provider: one row for each fact, then what is in no document. */
export function judge(recording: Recording): { rows: Row[]; unread: string[] } {
	const name = providerNames.find((each) => each === recording.provider);
	if (name === undefined) throw new Error(`There is no provider "${recording.provider}"`);
	const { documented, inferred } = facts[name];
	const reads = recording.exchanges.flatMap((exchange) => read(name, recording, exchange));
	const toRows = (mark: Row['mark'], groups: readonly string[]) =>
		listFacts(groups).map((fact): Row => ({ fact, mark, seen: look(fact, name, reads) }));
	const rows = [...toRows('documented', documented), ...toRows('inferred', inferred)];
	return { rows: [...rows, ...findUnknown(recording, reads)], unread: listUnread(name, reads) };
}

/** The answer of an exchange as the transport gives it to the mapping, and what that reads in it. */
function read(name: ProviderName, { model }: Recording, exchange: Exchange): Read[] {
	if (exchange.answer === undefined) return [];
	const { httpStatus, headers, body } = exchange.answer;
	const contentType = headers['content-type'] ?? '';
	const answer: Answer = {
		httpStatus,
		contentType,
		body: typeof body === 'string' ? parse(body) : '',
	};
	const provider: Provider = providers[name];
	const done: Reading<undefined> = { kind: 'read', value: undefined };
	const readers: Record<Step, () => Reading<unknown>> = {
		...{ keyTest: () => done, wrongKey: () => done, download: () => done },
		models: () => (provider.models ?? openAiModels(isVeoModel)).read(answer),
		create: () => provider.create.read(answer, toInput(name, model)),
		unknownJob: () => provider.status.read(answer),
		status: () => provider.status.read(answer),
		result: () => provider.status.read(answer),
	};
	return [{ exchange, answer, reading: readers[exchange.step]() }];
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

const expected: Seen = { kind: 'expected' };
const notSeen: Seen = { kind: 'notSeen' };
const otherwise = (what: string): Seen => ({ kind: 'otherwise', what });

function look(fact: string, name: ProviderName, reads: readonly Read[]): Seen {
	const [kind = '', ...words] = fact.split(' ');
	const [step = '', place = ''] = words;
	const those = reads.filter(({ exchange }) => exchange.step === step);
	const good = those.filter(({ answer: { httpStatus } }) => httpStatus < 300);
	switch (kind) {
		case 'route':
			return lookAtRoute(those);
		case 'header':
			return lookAtKey(step, place, reads);
		case 'field':
			return lookAtField(place, good, isOver(step, reads));
		case 'word':
			return listWords(name, reads).includes(step.toLowerCase()) ? expected : notSeen;
		case 'link':
			return lookAtLink(place, good);
		case 'error':
			return lookAtError(words, those);
		case 'sent': {
			const created = reads.find(
				({ exchange, answer }) => exchange.step === 'create' && answer.httpStatus < 300,
			);
			return created !== undefined && valueAt(created.exchange.body, step) !== undefined
				? expected
				: notSeen;
		}
		case 'model':
			return lookAtModel(step, reads);
		default:
			return lookAtFile(step, reads);
	}
}

function lookAtRoute(those: readonly Read[]): Seen {
	if (those.length === 0) return notSeen;
	const isGood = ({ answer, reading, exchange }: Read) =>
		// A result may come with the HTTP status of the job that failed; a redirect leads to a file.
		reading.kind === 'read' &&
		!isPage(answer) &&
		(answer.httpStatus < 400 || exchange.step === 'result');
	const isTransient = ({ answer: { httpStatus } }: Read) => httpStatus === 429 || httpStatus >= 500;
	const bad = those.find((each) => !isGood(each) && !(isTransient(each) && those.some(isGood)));
	return bad === undefined ? expected : otherwise(describe(bad));
}

const isPage = ({ contentType }: Answer) => /html/i.test(contentType);

function describe({ answer, reading }: Read): string {
	const { httpStatus } = answer;
	if (isPage(answer)) return `HTTP ${httpStatus}, a web page`;
	if (httpStatus >= 400 || reading.kind === 'read') return `HTTP ${httpStatus}`;
	return `HTTP ${httpStatus}, and ${reading.kind === 'unreadable' ? reading.message : reading.failure.message}`;
}

/** The key counts if it was accepted, and a wrong one was not. */
function lookAtKey(header: string, word: string, reads: readonly Read[]): Seen {
	const right = reads.find(({ exchange }) => exchange.step === 'keyTest');
	const wrong = reads.find(({ exchange }) => exchange.step === 'wrongKey');
	if (right === undefined || wrong === undefined) return notSeen;
	if (right.answer.httpStatus >= 300) return otherwise(describe(right));
	const names = header.split('|').map((name) => right.exchange.headers[name] ?? '');
	if (!names.some((sent) => word.split('|').some((each) => sent.startsWith(each))))
		return otherwise(`sent as ${Object.keys(right.exchange.headers).join(', ')}`);
	const isRefused =
		wrong.answer.httpStatus >= 400 || /"code":"?40[13]/.test(JSON.stringify(wrong.answer.body));
	return isRefused
		? expected
		: otherwise(`a wrong key is accepted (HTTP ${wrong.answer.httpStatus})`);
}

/** Whether no later answer of a step can show what the earlier ones did not. */
function isOver(step: string, reads: readonly Read[]): boolean {
	return step !== 'status' && step !== 'result'
		? true
		: reads.some(({ reading }) => hasSucceeded(reading));
}

const hasSucceeded = (reading: Reading<unknown>) => stateIn(reading)?.status === 'succeeded';

function stateIn(reading: Reading<unknown>): JobState | undefined {
	if (reading.kind !== 'read' || typeof reading.value !== 'object' || reading.value === null)
		return undefined;
	if ('state' in reading.value) return reading.value.state as JobState;
	return 'status' in reading.value ? (reading.value as JobState) : undefined;
}

function lookAtField(place: string, good: readonly Read[], isComplete: boolean): Seen {
	const isOptional = place.endsWith('?');
	const places = place.replace('?', '').split('|');
	if (good.some(({ answer }) => places.some((each) => isThere(answer.body, each)))) return expected;
	const bodies = good.filter(({ answer }) => typeof answer.body === 'object');
	if (isOptional || !isComplete || bodies.length === 0) return notSeen;
	const names = Object.keys(bodies.at(-1)?.answer.body ?? {});
	return otherwise(`missing beside ${names.join(', ')}`);
}

const valueAt = (value: unknown, place: string): unknown =>
	place
		.split('.')
		.reduce<unknown>(
			(inner, key) =>
				typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
			value,
		);
const isThere = (value: unknown, place: string) =>
	(valueAt(value, place) ?? undefined) !== undefined;

/** Every value in a body that is no object, with its place. Numbers of lists are 0. */
function listLeaves(value: unknown, place = ''): Array<{ place: string; value: unknown }> {
	if (typeof value !== 'object' || value === null) return [{ place, value }];
	const entries = Array.isArray(value)
		? value.slice(0, 1).map((each) => ['0', each] as const)
		: Object.entries(value);
	return entries.flatMap(([key, child]) =>
		listLeaves(child, place === '' ? key : `${place}.${key}`),
	);
}

const isLink = (value: unknown) => typeof value === 'string' && /^\[?"?https?:\/\//.test(value);

function lookAtLink(place: string, good: readonly Read[]): Seen {
	const done = good.filter(({ reading }) => hasSucceeded(reading)).at(-1);
	if (done === undefined) return notSeen;
	const places = place.replace('?', '').split('|');
	if (places.some((each) => isThere(done.answer.body, each))) return expected;
	const links = listLeaves(done.answer.body).filter(
		({ value }) => isLink(value) && /\.mp4|video/.test(String(value)),
	);
	if (links.length > 0) return otherwise(`a link at ${links.map((each) => each.place).join(', ')}`);
	return place.endsWith('?') ? notSeen : otherwise('a success without a link');
}

function lookAtError(
	[, statuses = '', places = '']: readonly string[],
	[first]: readonly Read[],
): Seen {
	if (first === undefined) return notSeen;
	const { httpStatus, body } = first.answer;
	const isStatus = statuses.split('|').includes(String(httpStatus));
	const isPlace = places.split('|').some((each) => typeof valueAt(body, each) === 'string');
	if (isStatus && isPlace) return expected;
	const found =
		typeof body === 'object'
			? listLeaves(body)
					.map((each) => each.place)
					.slice(0, 5)
					.join(', ')
			: 'no JSON';
	return otherwise(`HTTP ${httpStatus} with ${isPage(first.answer) ? 'a web page' : found}`);
}

function lookAtModel(id: string, reads: readonly Read[]): Seen {
	const isListed = reads.some(
		({ exchange, reading }) =>
			exchange.step === 'models' &&
			reading.kind === 'read' &&
			JSON.stringify(reading.value).includes(`"${id}"`),
	);
	return isListed ? expected : notSeen;
}

function lookAtFile(type: string, reads: readonly Read[]): Seen {
	const last = reads.filter(({ exchange }) => exchange.step === 'download').at(-1);
	if (last === undefined) return notSeen;
	const { httpStatus, contentType } = last.answer;
	const isFile = typeof last.exchange.answer?.body === 'object' || /json/.test(contentType);
	return httpStatus < 300 &&
		isFile &&
		(contentType.startsWith(type) || /json|octet-stream/.test(contentType))
		? expected
		: otherwise(`HTTP ${httpStatus}, ${contentType || 'no type'}`);
}

function listWords(name: ProviderName, reads: readonly Read[]): string[] {
	return reads
		.filter(({ exchange: { step } }) => step === 'status' || step === 'create')
		.flatMap(({ answer }) => facts[name].statusPlaces.map((place) => valueAt(answer.body, place)))
		.flatMap((word) =>
			typeof word === 'string' || typeof word === 'number' ? String(word).toLowerCase() : [],
		);
}

/** Status words that the mapping does not know, and why the paid part did not come to its end. */
function findUnknown({ problem }: Recording, reads: readonly Read[]): Row[] {
	const words = reads.flatMap(({ reading }) => stateIn(reading)?.statusWord ?? []);
	const row = (fact: string, what: string): Row => ({
		fact,
		mark: 'unknown',
		seen: otherwise(what),
	});
	return [
		...[...new Set(words)].map((word) =>
			row(`word ${word}`, 'the mapping does not know it, and takes it for running'),
		),
		...(problem === undefined ? [] : [row('paid part', problem)]),
	];
}

/** The fields of the answers about jobs that no fact names, each as `step place`. */
function listUnread(name: ProviderName, reads: readonly Read[]): string[] {
	const { documented, inferred, statusPlaces } = facts[name];
	const known = new Set(
		listFacts([...documented, ...inferred])
			.filter((fact) => /^(?:field|link) /.test(fact))
			.flatMap((fact) => (fact.split(' ')[2] ?? '').replace('?', '').split('|')),
	);
	const isKnown = (place: string) =>
		[...known, ...statusPlaces].some((each) => place === each || place.startsWith(`${each}.`));
	const places = reads
		.filter(
			({ exchange: { step }, answer }) =>
				['create', 'status', 'result'].includes(step) && answer.httpStatus < 300,
		)
		.flatMap(({ exchange: { step }, answer }) =>
			typeof answer.body === 'object'
				? listLeaves(answer.body).map(({ place }) => ({ step, place }))
				: [],
		)
		.filter(({ place }) => !isKnown(place));
	return [...new Set(places.map(({ step, place }) => `${step} ${place}`))];
}
