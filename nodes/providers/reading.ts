import type { Failure, FailureCode, JobFacts, JobState, JobStatus, JobVideo } from '../jobs/job';
import type { Answer, CreatedJob, Problem } from './provider';

/*
 * Words gateways share, read defensively: an answer may be anything. Nothing here throws.
 */

export type UnknownRecord = Readonly<Record<string, unknown>>;

const emptyRecord: UnknownRecord = Object.freeze({});

/** The record at `keys` inside `value`, or an empty one. */
export function readRecord(value: unknown, ...keys: string[]): UnknownRecord {
	const found = valueAt(value, keys);
	return isRecord(found) ? found : emptyRecord;
}

/** The list at `keys` inside `value`, or an empty one. */
export function readList(value: unknown, ...keys: string[]): readonly unknown[] {
	const found = valueAt(value, keys);
	return Array.isArray(found) ? found : [];
}

/** The trimmed text at `keys` inside `value`; undefined where there is none or it is empty. */
export function readString(value: unknown, ...keys: string[]): string | undefined {
	const found = valueAt(value, keys);
	if (typeof found === 'number' && Number.isFinite(found)) return String(found);
	if (typeof found !== 'string') return undefined;
	return found.trim() || undefined;
}

/** The finite number at `keys` inside `value`, also where it is written as text ("61%"). */
export function readNumber(value: unknown, ...keys: string[]): number | undefined {
	const found = valueAt(value, keys);
	if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
	if (typeof found !== 'string') return undefined;
	const number = Number(/^\s*(-?\d+(?:\.\d+)?)\s*%?\s*$/.exec(found)?.[1] ?? NaN);
	return Number.isFinite(number) ? number : undefined;
}

/** A progress of 0 to 100, whatever its form. */
export function readProgress(value: unknown, ...keys: string[]): number | undefined {
	const progress = readNumber(value, ...keys);
	return progress === undefined ? undefined : Math.round(Math.min(100, Math.max(0, progress)));
}

/** An http(s) link at `keys`; undefined for anything else, so that no other scheme is ever followed. */
export function readLink(value: unknown, ...keys: string[]): string | undefined {
	const text = readString(value, ...keys);
	return text !== undefined && /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text)
		? text
		: undefined;
}

// Year 1971 to 2100 in milliseconds: what lies outside is no time a gateway meant (0 = "not yet").
const earliestTime = 31_536_000_000;
const latestTime = 4_102_444_800_000;

/** A time in milliseconds since 1970, from seconds, milliseconds or ISO text (UTC where it names no zone). */
export function readTime(value: unknown, ...keys: string[]): number | undefined {
	const number = readNumber(value, ...keys);
	const time =
		number === undefined
			? isoMilliseconds(readString(value, ...keys))
			: Math.abs(number) > 1e11
				? number
				: number * 1000;
	if (time === undefined || !(time > earliestTime && time < latestTime)) return undefined;
	return Math.round(time);
}

function isoMilliseconds(text: string | undefined): number | undefined {
	if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
	const hasTime = /\d\d:\d\d/.test(text);
	const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
	return Date.parse(hasTime && !hasZone ? `${text.replace(' ', 'T')}Z` : text) || undefined;
}

/** A gateway's status word in ours. A word its document does not name means `running`, and is kept. */
export function readStatus<Word extends string>(
	words: Readonly<Record<Word, JobStatus>>,
	value: unknown,
	...keys: string[]
): { status: JobStatus; statusWord?: string } | undefined {
	const said = readString(value, ...keys);
	if (said === undefined) return undefined;
	const word = said.toLowerCase();
	if (Object.hasOwn(words, word)) return { status: words[word as Word] };
	return { status: 'running', statusWord: said.slice(0, 80) };
}

/** The job ids, times and links of an OpenAI-style video object, which most gateways imitate. */
export function readVideoFacts(body: unknown): JobFacts {
	return {
		progress: readProgress(body, 'progress'),
		model: readString(body, 'model'),
		createdAt: readTime(body, 'created_at'),
		completedAt: readTime(body, 'completed_at'),
		expiresAt: readTime(body, 'expires_at'),
	};
}

// Deployments of one gateway family put the result in different places; the first link found wins.
const linkPlaces: ReadonlyArray<readonly string[]> = [
	['video_url'],
	['data', 'video_url'],
	['metadata', 'url'],
	['url'],
	['data', 'url'],
	['data', 'result_url'],
	['result_url'],
	['output'],
	['output', '0'],
	['data', 'output'],
	['data', 'output', '0'],
	['content', 'video_url'],
	['video', 'url'],
	['result', 'videos', '0', 'url'],
	['result', 'videos', '0', 'url', '0'],
	['data', 'files', '0', 'file_url'],
	['files', '0', 'file_url'],
	['detail', 'upsample_video_url'],
	['detail', 'video_url'],
	['urls', '0'],
	['unsigned_urls', '0'],
];

/** The result link of a finished job, wherever the family puts it. */
export function readVideoLink(body: unknown): string | undefined {
	for (const place of linkPlaces) {
		const link = readLink(body, ...place);
		if (link !== undefined) return link;
	}
	return undefined;
}

/**
 * The state an answer tells, from its status word. `videos` are the links it names; without any the
 * video is `otherwise` to be had. An answer without a status word is no answer to a check.
 */
export function readState(
	answer: Answer,
	word: { status: JobStatus; statusWord?: string } | undefined,
	facts: JobFacts,
	videos: ReadonlyArray<string | undefined>,
	otherwise: 'download' | 'late',
): JobState | Problem {
	if (word === undefined) return { unreadable: readReason(answer.body) ?? describeBody(answer) };
	switch (word.status) {
		case 'succeeded':
			return { ...facts, status: 'succeeded', videos: finalVideos(videos) ?? otherwise };
		case 'failed':
			return { ...facts, status: 'failed', failure: readFailure(answer.body, 'generation_failed') };
		case 'canceled':
			return {
				...facts,
				status: 'canceled',
				failure: {
					code: 'canceled',
					message: readReason(answer.body) ?? 'The job was canceled at the gateway',
					retryable: true,
				},
			};
		default:
			return { ...facts, status: word.status, statusWord: word.statusWord };
	}
}

function finalVideos(
	links: ReadonlyArray<string | undefined>,
): readonly [JobVideo, ...JobVideo[]] | undefined {
	const [first, ...rest] = links
		.filter((url): url is string => url !== undefined)
		.map((url): JobVideo => ({ url, kind: 'final' }));
	return first === undefined ? undefined : [first, ...rest];
}

/**
 * The job a create answer tells: its id at the first of `places` ("id", "data.task_id") that holds one.
 * An answer without a status is a job that has just been queued.
 */
export function readCreatedJob(
	answer: Answer,
	state: JobState | Problem,
	...places: string[]
): CreatedJob | Problem {
	const jobId = places
		.map((place) => readString(answer.body, ...place.split('.')))
		.find((id) => id !== undefined);
	if (jobId !== undefined) return { jobId, state: isProblem(state) ? { status: 'queued' } : state };
	return readReason(answer.body) === undefined
		? { unreadable: describeBody(answer) }
		: { refused: readFailure(answer.body, 'bad_request') };
}

/** Why a gateway says no, wherever it says it: `error`, `message`, `detail`, `msg`, `fail_reason`, … */
export function readReason(body: unknown): string | undefined {
	const detail = readList(body, 'detail')[0];
	const reason =
		readString(body, 'error', 'message') ??
		readString(body, 'error') ??
		readString(body, 'data', 'error', 'message') ??
		readString(body, 'detail', 'error_message') ??
		readString(body, 'detail', 'video_generation_error') ??
		readString(detail, 'msg') ??
		readString(body, 'detail') ??
		readString(body, 'data', 'error_message') ??
		readString(body, 'error_message') ??
		readString(body, 'fail_reason') ??
		readString(body, 'data', 'fail_reason') ??
		readString(body, 'message') ??
		readString(body, 'msg') ??
		// Google's family answers a finished, filtered job with reasons and no video.
		readString(readList(body, 'raiMediaFilteredReasons')[0]);
	return reason === undefined ? undefined : withoutQueries(reason).slice(0, 600);
}

/** The text with every link cut before its query, which may carry a signature or a key. */
export function withoutQueries(text: string): string {
	return text.replace(/(https?:\/\/[^\s?#"'<>]+)[?#][^\s"'<>]*/gi, '$1?…');
}

// What gateways of this family really write, by what it means for the user. The first match wins.
const reasonPatterns: ReadonlyArray<readonly [FailureCode, RegExp, boolean]> = [
	['job_not_found', /task_not_exist|任务不存在/i, false],
	[
		'model_retired',
		/no longer available|model.{0,40}(?:not found|deprecated|retired)|model_not_found/i,
		false,
	],
	[
		'out_of_credit',
		/insufficient_user_quota|insufficient.{0,20}(?:quota|balance|credit)|余额不足|额度不足|余额/i,
		false,
	],
	[
		'content_policy',
		/E-1005|safety|unsafe|content.?policy|prohibited|rai_?media|filtered|violat|违反|安全协议|敏感|违规/i,
		false,
	],
	[
		'busy',
		/E-2003|busy|saturat|overload|try again|recaptcha|PUBLIC_ERROR_MINOR|繁忙|饱和|稍后/i,
		true,
	],
];

/** What an HTTP status says by itself, where a gateway refuses. Some gateways put it into the body. */
export function failureCodeOf(status: number): FailureCode {
	const codes: Readonly<Record<number, FailureCode>> = {
		401: 'key_refused',
		402: 'out_of_credit',
		403: 'key_refused',
		404: 'job_not_found',
		429: 'rate_limited',
	};
	return codes[status] ?? 'bad_request';
}

/** A failure in our words. `otherwise` is its code where the reason tells nothing more precise. */
export function readFailure(body: unknown, otherwise: FailureCode): Failure {
	const reason = readReason(body);
	const said = [reason, readString(body, 'code'), readString(body, 'error', 'code')].join(' ');
	const [code, , retryable] = reasonPatterns.find(([, pattern]) => pattern.test(said)) ?? [
		otherwise,
		undefined,
		false,
	];
	return { code, message: reason ?? 'The gateway gave no reason', retryable };
}

/** One line that says what came instead of what was expected, with the first 120 characters of it. */
export function describeBody(answer: Answer): string {
	const { body, contentType, httpStatus } = answer;
	const start = textOf(body).replace(/\s+/g, ' ').trim().slice(0, 120);
	if (start === '') return `an empty answer (HTTP ${httpStatus})`;
	if (/^<(?:!doctype|html|\?xml)/i.test(start)) {
		const title = /<title>([^<]{1,80})/i.exec(String(body))?.[1]?.trim();
		return `a web page instead of JSON (HTTP ${httpStatus}${title ? `, "${title}"` : ''})`;
	}
	const type = contentType.slice(0, 80) || 'no content type';
	return `an answer that cannot be read (HTTP ${httpStatus}, ${type}): ${start}`;
}

function textOf(body: unknown): string {
	if (typeof body === 'string') return body;
	try {
		return JSON.stringify(body) ?? '';
	} catch {
		// JSON.parse takes a nesting that JSON.stringify does not.
		return 'JSON that is nested too deeply';
	}
}

export function isProblem(reading: object): reading is Problem {
	return 'refused' in reading || 'unreadable' in reading;
}

function isRecord(value: unknown): value is UnknownRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
	let current = value;
	for (const key of keys) {
		if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
			return undefined;
		}
		current = (current as UnknownRecord)[key];
	}
	return current;
}
