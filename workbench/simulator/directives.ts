import { invalid } from './refusal';

/** Explained in README.md. The first word of each list is the default. */
const choices = {
	ending: [
		...(['success', 'failed', 'safety', 'busy', 'canceled', 'extend_failed'] as const),
		...(['generate_failed', 'stuck', 'retired', 'no_credit', 'rate_limited', 'saturated'] as const),
		...(['noUrl', 'strangeStatus', 'leftoverError', 'lateUrl', 'aborted'] as const),
	],
	shape: ['bare', 'wrapped', 'openai', 'gemini', 'flat'],
	link: [
		...(['none', 'video_url', 'metadata.url', 'url', 'result_url'] as const),
		...(['output', 'content.video_url', 'video.url', 'result.videos', 'files'] as const),
		...(['detail.video_url', 'urls', 'unsigned_urls', 'fail_reason'] as const),
	],
	content: ['bytes', 'json', 'redirect'],
	stream: ['early', 'finished', 'cut', 'json'],
} as const;

const words = [
	...(['ms', 'detail', 'retrying', 'http200', 'url', 'pieces', 'list', 'filtered'] as const),
	...(['noCall', 'callTwice'] as const),
] as const;

/** How a job can end. */
export const endings = choices.ending;

export type Ending = (typeof endings)[number];
export type Word = (typeof words)[number];

export interface Directives {
	ending: Ending;
	seconds: number;
	lagSeconds: number;
	/** The size of a generated video. 0: one of the recorded ones. */
	bytes: number;
	/** How long each link to the video is valid. 0: forever. */
	linkSeconds: number;
	words: ReadonlySet<Word>;
	/** Each provider has its own default. */
	shape: (typeof choices.shape)[number] | undefined;
	link: (typeof choices.link)[number];
	content: (typeof choices.content)[number];
	stream: (typeof choices.stream)[number];
}

/** Reads `[sim ending=success seconds=40]` from a prompt. A misspelled one is rejected, not ignored. */
export function readDirectives(prompt: string): Directives {
	const given = new Map<string, string>();
	for (const [, inside = ''] of prompt.matchAll(/\[sim\b([^\]]*)\]/gi)) {
		for (const pair of inside.trim().split(/\s+/).filter(Boolean)) {
			const [key = '', value = ''] = pair.split('=');
			given.set(key, value);
		}
	}
	const take = (key: string) => {
		const value = given.get(key);
		given.delete(key);
		return value;
	};
	const directives: Directives = {
		ending: choose('ending', choices.ending, take('ending')),
		seconds: count('seconds', take('seconds') ?? '60'),
		lagSeconds: count('lagSeconds', take('lagSeconds') ?? '0'),
		bytes: count('bytes', take('bytes') ?? '0'),
		linkSeconds: count('linkSeconds', take('linkSeconds') ?? '0'),
		words: new Set(
			(take('words') ?? '')
				.split(',')
				.filter(Boolean)
				.map((word) => choose('words', words, word)),
		),
		shape: given.has('shape') ? choose('shape', choices.shape, take('shape')) : undefined,
		link: choose('link', choices.link, take('link')),
		content: choose('content', choices.content, take('content')),
		stream: choose('stream', choices.stream, take('stream')),
	};
	for (const key of given.keys()) throw invalid(`The simulator has no directive "${key}"`);
	return directives;
}

function choose<Choice extends string>(
	key: string,
	known: readonly [Choice, ...Choice[]],
	value: string = known[0],
): Choice {
	const choice = known.find((word) => word.toLowerCase() === value.toLowerCase());
	if (choice === undefined) throw invalid(`The simulator has no directive "${key}=${value}"`);
	return choice;
}

function count(key: string, value: string): number {
	const number = Number(value);
	if (value === '' || !(number >= 0)) {
		throw invalid(`The directive "${key}" needs a number, not "${value}"`);
	}
	return number;
}
