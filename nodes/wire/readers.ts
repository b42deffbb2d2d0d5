import type { JobFacts, JobStatus } from '../jobs/job';

/*
 * Reads values from an answer, which may be anything. Nothing here throws.
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

/** The first text at one of `places`, such as "data.task_id". */
export function readFirstString(value: unknown, places: readonly string[]): string | undefined {
	return places
		.map((place) => readString(value, ...place.split('.')))
		.find((text) => text !== undefined);
}

/** The trimmed text at `keys` inside `value`; undefined where there is none or it is empty. */
export function readString(value: unknown, ...keys: string[]): string | undefined {
	const found = valueAt(value, keys);
	if (typeof found === 'number' && Number.isFinite(found)) return String(found);
	if (typeof found !== 'string') return undefined;
	return wellFormed(found.trim()) || undefined;
}

/** The value at `keys`, parsed if it is a text of JSON. */
export function readParsed(value: unknown, ...keys: string[]): unknown {
	const found = valueAt(value, keys);
	if (typeof found !== 'string') return found;
	try {
		return JSON.parse(found) as unknown;
	} catch {
		return found;
	}
}

/** The text without lone surrogates, which URLs and some databases reject. */
export function wellFormed(text: string): string {
	return text.toWellFormed();
}

// On a longer text the regular expression takes quadratic time.
const maxNumberLength = 400;

/** The finite number at `keys` inside `value`, also where it is written as text ("61%"). */
export function readNumber(value: unknown, ...keys: string[]): number | undefined {
	const found = valueAt(value, keys);
	if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
	if (typeof found !== 'string' || found.length > maxNumberLength) return undefined;
	const number = Number(/^\s*(-?\d+(?:\.\d+)?)\s*%?\s*$/.exec(found)?.[1] ?? NaN);
	return Number.isFinite(number) ? number : undefined;
}

/** The members with a finite number of the record at `keys`: the first 20. Undefined if there are none. */
export function readNumbers(value: unknown, ...keys: string[]): Record<string, number> | undefined {
	const record = readRecord(value, ...keys);
	const numbers = Object.keys(record).flatMap((name) => {
		const number = readNumber(record, name);
		return number === undefined ? [] : [[wellFormed(name.slice(0, 80)), number] as const];
	});
	return numbers.length === 0 ? undefined : Object.fromEntries(numbers.slice(0, 20));
}

/** A progress, rounded and limited to 0 to 100. */
export function readProgress(value: unknown, ...keys: string[]): number | undefined {
	const progress = readNumber(value, ...keys);
	return progress === undefined ? undefined : Math.round(Math.min(100, Math.max(0, progress)));
}

/** An http(s) link at `keys`. Other schemes are never followed. */
export function readLink(value: unknown, ...keys: string[]): string | undefined {
	const text = readString(value, ...keys);
	return text !== undefined && /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text)
		? text
		: undefined;
}

/** The links at `keys`: one, or a list. */
export function readLinks(value: unknown, ...keys: string[]): string[] {
	const found = [valueAt(value, keys)].flat();
	return found.flatMap((link) => readLink({ link }, 'link') ?? []);
}

/** The videos in a list of links, each with its link: the MP4 files, or the first link if none is named so. */
export function readVideoList(value: unknown, ...keys: string[]): string[][] {
	const links = readLinks(value, ...keys);
	const files = links.filter((link) => /\.mp4$/i.test(new URL(link).pathname));
	return [...new Set(files.length > 0 ? files : links.slice(0, 1))].map((link) => [link]);
}

// Years 1971 to 2100 in milliseconds. Other values are placeholders, such as 0 for "not yet".
const earliestTime = 31_536_000_000;
const latestTime = 4_102_444_800_000;

/** A time in milliseconds since 1970, from seconds, milliseconds or ISO text (UTC where it names no zone). */
export function readTime(value: unknown, ...keys: string[]): number | undefined {
	const number = readNumber(value, ...keys);
	const time =
		number === undefined
			? parseIsoTime(readString(value, ...keys))
			: Math.abs(number) > 1e11
				? number
				: number * 1000;
	if (time === undefined || !(time > earliestTime && time < latestTime)) return undefined;
	return Math.round(time);
}

function parseIsoTime(text: string | undefined): number | undefined {
	if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
	const hasTime = /\d\d:\d\d/.test(text);
	const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
	return Date.parse(hasTime && !hasZone ? `${text.replace(' ', 'T')}Z` : text) || undefined;
}

/** Our status for a provider's status word. An undocumented word means `running` and is kept. */
export function readStatus<Word extends string>(
	words: Readonly<Record<Word, JobStatus>>,
	value: unknown,
	...keys: string[]
): { status: JobStatus; statusWord?: string } | undefined {
	const word = readString(value, ...keys);
	if (word === undefined) return undefined;
	const documented = Object.entries<JobStatus>(words).find(([each]) => each === word.toLowerCase());
	return documented === undefined
		? { status: 'running', statusWord: word.slice(0, 80) }
		: { status: documented[1] };
}

/** The progress, model and times of a video object like OpenAI's. */
export function readVideoFacts(body: unknown): JobFacts {
	return {
		progress: readProgress(body, 'progress'),
		model: readString(body, 'model'),
		createdAt: readTime(body, 'created_at'),
		completedAt: readTime(body, 'completed_at'),
		expiresAt: readTime(body, 'expires_at'),
	};
}

// Deployments of one provider family return the result in different places. The best is first.
const linkPlaces = [
	'video_url',
	'data.video_url',
	'metadata.url',
	'url',
	'data.url',
	'data.result_url',
	'result_url',
	'output',
	'output.0',
	'data.output',
	'data.output.0',
	'content.video_url',
	'video.url',
	'result.videos.0.url',
	'result.videos.0.url.0',
	'data.files.0.file_url',
	'files.0.file_url',
	'detail.upsample_video_url',
	'detail.video_url',
	'urls.0',
	'unsigned_urls.0',
].map((place) => ({ place, keys: place.split('.') }));

/** A link and the field that has it, such as "data.video_url". */
export interface FoundLink {
	link: string;
	place: string;
}

/** The result links of a finished job with their places, the best first. */
export function findVideoLinks(body: unknown): FoundLink[] {
	return linkPlaces.flatMap(({ place, keys }) => {
		const link = readLink(body, ...keys);
		return link === undefined ? [] : [{ link, place }];
	});
}

/** The result links of a finished job, the best first. */
export function readVideoLinks(body: unknown): string[] {
	return findVideoLinks(body).map(({ link }) => link);
}

/** The best result link of a finished job. */
export function readVideoLink(body: unknown): string | undefined {
	return readVideoLinks(body)[0];
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
		current = Reflect.get(current, key);
	}
	return current;
}
