import type { JobFacts, JobStatus } from '../jobs/job';

/*
 * What stands in an answer, read defensively: it may be anything. Nothing here throws.
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
	return wellFormed(found.trim()) || undefined;
}

/** The text without halves of letters, which no address and not every database takes. */
export function wellFormed(text: string): string {
	return text.toWellFormed();
}

// The time to search a longer text grows with the square of its length.
const maxNumberLength = 400;

/** The finite number at `keys` inside `value`, also where it is written as text ("61%"). */
export function readNumber(value: unknown, ...keys: string[]): number | undefined {
	const found = valueAt(value, keys);
	if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
	if (typeof found !== 'string' || found.length > maxNumberLength) return undefined;
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

// Year 1971 to 2100 in milliseconds: what lies outside is no time a provider meant (0 = "not yet").
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

/** A provider's status word in ours. A word its document does not name means `running`, and is kept. */
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

/** The progress, model and times of an OpenAI-style video object, which most providers imitate. */
export function readVideoFacts(body: unknown): JobFacts {
	return {
		progress: readProgress(body, 'progress'),
		model: readString(body, 'model'),
		createdAt: readTime(body, 'created_at'),
		completedAt: readTime(body, 'completed_at'),
		expiresAt: readTime(body, 'expires_at'),
	};
}

// Deployments of one provider family put the result in different places; the first is the best.
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

/** The result links of a finished job, wherever the family puts them, the best first. */
export function readVideoLinks(body: unknown): string[] {
	return linkPlaces.flatMap((place) => readLink(body, ...place) ?? []);
}

/** The result link of a finished job. */
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
		current = (current as UnknownRecord)[key];
	}
	return current;
}
