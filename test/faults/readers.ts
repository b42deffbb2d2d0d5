import { toJob } from '../../nodes/jobs/job';
import { providerNames, providers } from '../../nodes/providers';
import * as answers from '../../nodes/wire/answers';
import * as failures from '../../nodes/wire/failures';
import type { JobFacts, JobState } from '../../nodes/jobs/job';
import type { Provider } from '../../nodes/providers/provider';
import { operationNames } from '../../nodes/providers/provider';
import type { Answer, Call, CreatedJob, JsonRecord, Reading } from '../../nodes/wire/call';
import * as reading from '../../nodes/wire/readers';
import { parseJson } from '../../nodes/transport/body';
import { inputWith } from '../fixtures/inputs';
import { brokenProblemRules, brokenRules, isWebLink } from '../providers/stateRules';

/** Anything a reader may be given: a value, some way into it, and a text. */
export interface Given {
	value: unknown;
	keys: readonly string[];
	text: string;
}

/** A reader, and what of its result breaks a rule. Nothing is what is expected. */
export type Reader = (given: Given) => string[];

const answerOf = (body: unknown, contentType = 'application/json', httpStatus = 200): Answer => ({
	httpStatus,
	contentType,
	body,
});

const rule = (name: string, holds: boolean) => (holds ? [] : [name]);
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);
const words = { queued: 'queued', completed: 'succeeded', failed: 'failed' } as const;

const yesOrNo = (value: unknown) => rule('yes or no', typeof value === 'boolean');
const trimmed = (text = 'a') => rule('a trimmed text', text.trim() === text && text !== '');
const webLink = (link = 'https://a') => rule('a web link', isWebLink(link));
const brokenFacts = (facts: JobFacts) => brokenRules({ ...facts, status: 'running' });

const stateOf = ({ value, keys }: Given) =>
	answers.readState(
		answerOf(value),
		reading.readStatus(words, value, ...keys),
		reading.readVideoFacts(value),
		{ links: reading.readVideoLinks(value), otherwise: 'late' },
	);

const brokenState = (result: Reading<JobState>) =>
	result.kind === 'read' ? brokenRules(result.value) : brokenProblemRules(result);

const brokenCreated = (result: Reading<CreatedJob>) =>
	result.kind === 'read'
		? [...rule('a job id', result.value.jobId.trim() !== ''), ...brokenRules(result.value.state)]
		: brokenProblemRules(result);

// Link by link: one search for all would take a time that grows with the square of their number.
const hasNoQuery = (text: string) =>
	(text.match(/https?:\/\/[^\s"'<>]+/gi) ?? []).every((link) => !/\?[^…]/.test(link));
const brokenReason = (reason: string | undefined) => [
	...rule('a text', reason !== ''),
	...rule('at most 600 letters', (reason ?? '').length <= 600),
	...rule('whole letters', isWellFormed(reason ?? '')),
	...rule('no query', hasNoQuery(reason ?? '')),
];

// The start of an answer is a text inside JSON, where each of its letters may need an escape of six.
const maxRawBytes = 7 * 64 * 1024;
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Every exported reader. A new one has to be entered here, or a test says so. */
const shared: Record<string, Reader> = {
	readString: ({ value, keys }) => trimmed(reading.readString(value, ...keys)),
	readParsed: ({ value, keys, text }) => {
		reading.readParsed(value, ...keys);
		const parsed = reading.readParsed({ text }, 'text');
		return rule(
			'the text, or its JSON',
			parsed === text || typeof parsed === typeof JSON.parse(text),
		);
	},
	readFirstString: ({ value, keys }) =>
		trimmed(reading.readFirstString(value, [keys.join('.'), ...keys])),
	wellFormed: ({ text }) => rule('whole letters', isWellFormed(reading.wellFormed(text))),
	readNumber: ({ value, keys }) =>
		rule('a finite number', Number.isFinite(reading.readNumber(value, ...keys) ?? 0)),
	readProgress: ({ value, keys }) =>
		brokenFacts({ progress: reading.readProgress(value, ...keys) }),
	readTime: ({ value, keys }) => brokenFacts({ createdAt: reading.readTime(value, ...keys) }),
	readLink: ({ value, keys }) => webLink(reading.readLink(value, ...keys)),
	readLinks: ({ value, keys }) =>
		rule('web links', reading.readLinks(value, ...keys).every(isWebLink)),
	readNumbers: ({ value, keys }) => {
		const numbers = Object.values(reading.readNumbers(value, ...keys) ?? { one: 1 });
		const isShort = numbers.length > 0 && numbers.length <= 20;
		return rule('1 to 20 finite numbers', isShort && numbers.every(Number.isFinite));
	},
	readVideoLink: ({ value }) => webLink(reading.readVideoLink(value)),
	readVideoList: ({ value, keys }) => {
		const videos = reading.readVideoList(value, ...keys);
		return rule('web links', videos.length === new Set(videos.flat().filter(isWebLink)).size);
	},
	findVideoLinks: ({ value }) =>
		rule(
			'web links at named places',
			reading
				.findVideoLinks(value)
				.every(({ link, place }) => isWebLink(link) && /^[\w.]+$/.test(place)),
		),
	readVideoLinks: ({ value }) => rule('web links', reading.readVideoLinks(value).every(isWebLink)),
	readRecord: ({ value, keys }) => {
		const record: unknown = reading.readRecord(value, ...keys);
		return rule('a record', typeof record === 'object' && !Array.isArray(record));
	},
	readList: ({ value, keys }) => rule('a list', Array.isArray(reading.readList(value, ...keys))),
	readStatus: ({ value, keys }) => {
		const word = reading.readStatus(words, value, ...keys);
		const known = new Set<string | undefined>(['running', ...Object.values(words)]);
		return [
			...rule('one of our words', word === undefined || known.has(word.status)),
			...rule('a short word', (word?.statusWord ?? '').length <= 80),
		];
	},
	readVideoFacts: ({ value }) => brokenFacts(reading.readVideoFacts(value)),
	readReason: ({ value }) => brokenReason(failures.readReason(value)),
	isSuccessBody: ({ value }) => yesOrNo(failures.isSuccessBody(value)),
	isAmbiguousStatus: ({ text }) => yesOrNo(failures.isAmbiguousStatus(text.length)),
	readErrorStatus: ({ value }) => {
		const status = Math.trunc(failures.readErrorStatus(value) ?? 0);
		return rule('0 or an error', /^(?:0|[45]\d\d)$/.test(String(status)));
	},
	isErrorBody: ({ value }) => yesOrNo(failures.isErrorBody(value)),
	withoutQueries: ({ text }) => rule('no query', hasNoQuery(failures.withoutQueries(`a ${text}`))),
	toFailureCode: ({ text }) =>
		rule('a code', typeof failures.toFailureCode(Number(text.length)) === 'string'),
	readFailure: ({ value }) => {
		const failure = failures.readFailure(value, 'generation_failed');
		return brokenRules({ status: 'failed', failure });
	},
	readState: (given) => brokenState(stateOf(given)),
	readUploaded: ({ value, keys }) => {
		const upload = answers.readUploaded(answerOf(value), ...keys);
		return upload.kind === 'read' ? webLink(upload.value.link) : brokenProblemRules(upload);
	},
	readCreatedJob: (given) =>
		brokenCreated(
			answers.readCreatedJob(answerOf(given.value), stateOf(given), 'id', 'data.task_id'),
		),
	readRefusal: ({ value, text }) =>
		[200, 400].flatMap((httpStatus) =>
			[undefined, text].flatMap((jobId) =>
				brokenProblemRules(answers.readRefusal(answerOf(value, '', httpStatus), jobId)),
			),
		),
	describeAnswer: ({ value }) => rule('a text', answers.describeAnswer(answerOf(value)) !== ''),
	isWebPage: ({ value }) => yesOrNo(answers.isWebPage(answerOf(value))),
	isFromWebsite: ({ value }) => yesOrNo(answers.isFromWebsite(answerOf(value))),
	rawBody: ({ value }) => rule('at most 64 kB', sizeOf(answers.rawBody(value)) <= maxRawBytes),
	describeBody: ({ value, text }) => {
		const line = answers.describeBody(answerOf(value, text.replace(/\s/g, ' ')));
		return rule('one short line', line !== '' && line.length <= 300 && !/[\r\n]/.test(line));
	},
	parseJson: ({ text }) => {
		parseJson(text);
		return [];
	},
};

export type NamedReader = readonly [name: string, reader: Reader];

export const sharedReaders: readonly NamedReader[] = Object.entries(shared);
export const exportedReaders = [reading, failures, answers].flatMap((module) =>
	Object.keys(module),
);

/** What follows from a job id: its calls can be made, and it travels between the nodes. */
function brokenJobId(provider: Provider, jobId: string): string[] {
	const calls = [provider.status.request(jobId, {}), provider.download?.(jobId, {}, { index: 0 })];
	return [
		...rule(
			'calls',
			calls.every((call) => call === undefined || call.path !== ''),
		),
		...yesOrNo(provider.status.cannotCheck?.(jobId) ?? false),
	];
}

/** Everything a provider reads. */
function providerReaders(provider: Provider): readonly NamedReader[] {
	const operations = operationNames.flatMap((name) => {
		const operation = provider[name];
		if (operation === undefined) return [];
		const read: Reader = ({ value }) => {
			const result = operation.read(answerOf(value), inputWith({}));
			if (result.kind !== 'read') return brokenProblemRules(result);
			const { jobId, state } = result.value;
			toJob(state, { provider: 'any', jobId });
			return [...brokenCreated(result), ...brokenJobId(provider, jobId)];
		};
		// The prompt is what came back: a reader compares the two.
		const isComplete: Reader = ({ text }) =>
			yesOrNo(operation.isComplete?.(text, inputWith({ prompt: text })) ?? false);
		return [[name, read] as const, [`${name} isComplete`, isComplete] as const];
	});
	const status: Reader = ({ value }) => {
		const result = provider.status.read(answerOf(value));
		if (result.kind === 'read') toJob(result.value, { provider: 'any', jobId: 'job' });
		return brokenState(result);
	};
	const { find } = provider;
	const findReader: Reader = ({ value, keys }) => {
		const json = { input: value as JsonRecord };
		const create: Call = { method: 'POST', path: `/v1/models/${keys.join('/')}`, json };
		const results = [value, { results: [value] }].map((body) => find?.read(answerOf(body), create));
		return results.flatMap((result) =>
			result?.kind === 'read'
				? result.value.jobs.flatMap((job) => brokenCreated({ kind: 'read', value: job }))
				: brokenProblemRules(result ?? { kind: 'unreadable', message: 'no list' }),
		);
	};
	const jobId: Reader = ({ text }) => brokenJobId(provider, reading.wellFormed(text));
	const finding = find === undefined ? [] : [['find', findReader] as const];
	const balance = (provider.balance?.parts ?? []).map(({ read }, index) => {
		const reader: Reader = ({ value }) => {
			const result = read(answerOf(value));
			return result.kind === 'read'
				? rule('a finite number', Number.isFinite(result.value))
				: brokenProblemRules(result);
		};
		return [`balance ${index}`, reader] as const;
	});
	return [...operations, ['status', status], ['job id', jobId], ...finding, ...balance];
}

/** All of them, by the names in a failed test. */
export const allReaders: readonly NamedReader[] = [
	...sharedReaders,
	...providerNames.flatMap((name) =>
		providerReaders(providers[name]).map(([what, reader]) => [`${name}, ${what}`, reader] as const),
	),
];

/** What a reader does with it, in words where a rule is broken. */
export function brokenBy([name, reader]: NamedReader, given: Given): string[] {
	try {
		return reader(given).map((broken) => `${name}: ${broken}`);
	} catch (error) {
		return [`${name} threw ${String(error)}`];
	}
}
