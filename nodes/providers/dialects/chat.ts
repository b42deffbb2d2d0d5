/*
 * The chat format for videos of the New API family: the answer is a text with the job's id, links to its
 * data at the task-data host and, once it has ended, links to the video.
 */
import { createHash } from 'node:crypto';
import type { JobState } from '../../jobs/job';
import { describeBody, readRefusal } from '../../wire/answers';
import { readReason, isErrorBody } from '../../wire/failures';
import type { OperationInput, OptionFields } from '../provider';
import type { Answer, Call, CreatedJob, Problem, Reading } from '../../wire/call';
import { readLink, readList, readString } from '../../wire/readers';
import { imageUrl } from '../../wire/writers';

/** The content of a chat message. */
type Message = Pick<OperationInput<OptionFields>, 'prompt' | 'images'>;

/** A streamed request with the prompt and the images as parts of one message. */
export function chatCall(model: string, { prompt, images }: Message): Call {
	const pictures = images.map((image) => ({
		type: 'image_url',
		image_url: { url: imageUrl(image) },
	}));
	return {
		method: 'POST',
		path: '/v1/chat/completions',
		json: {
			model,
			stream: true,
			messages: [{ role: 'user', content: [{ type: 'text', text: prompt }, ...pictures] }],
		},
	};
}

/** The text of the assistant so far, from a stream of events or from one complete answer. */
function readContent(body: unknown): string {
	if (typeof body !== 'string')
		return readString(readList(body, 'choices')[0], 'message', 'content') ?? '';
	return readEvents(body)
		.map((event) => {
			const delta = (readList(event, 'choices')[0] as { delta?: unknown } | undefined)?.delta;
			const content = (delta as { content?: unknown } | undefined)?.content;
			return typeof content === 'string' ? content : '';
		})
		.join('');
}

function readEvents(stream: string): unknown[] {
	return [...stream.matchAll(/^data:[ \t]*(\{.*\})[ \t\r]*$/gm)].flatMap(([, json]) => {
		try {
			return [JSON.parse(json ?? '') as unknown];
		} catch {
			return [];
		}
	});
}

// Lines of the provider: a quote mark or emoji, then the link or the label "ID", no words before it. Both
// need their closing character, because a chunk may end within an id. Ids have no character that JSON or
// HTML escapes: an escaped echo of the prompt has the same id or none.
const idInLink =
	/^[^\p{L}\p{N}\n[]{0,9}\[[^\]\n]{0,80}\]\(https?:\/\/[^\s/)]{1,253}\/(?:web|source)\/([\w.:@+/~-]{1,500})\)/gimu;
const idInBackticks =
	/^[^\p{L}\p{N}\n`]{0,9}(?:任务|Task)?[ \t]{0,9}ID[*_ \t]{0,9}[:：][*_ \t]{0,9}`([\w.:@+/~-]{1,500})`/gimu;
const resultLink = /\((https?:\/\/[^\s()]+)\)/gi;

/**
 * Matches of a pattern in the answer's text that are not in the message. A provider may echo a prompt
 * that imitates an answer; the id and the links of a new job did not exist when the prompt was sent.
 */
function findNew(pattern: RegExp, content: string, { prompt, images }: Message): string[] {
	const found = [...content.matchAll(pattern)].flatMap(([, text]) => text ?? []);
	if (found.length === 0) return found;
	const urls = images.map((image) => (image.kind === 'link' ? image.url : ''));
	const sent = normalize([prompt, ...urls].join(' '));
	return found.filter((text) => !sent.includes(normalize(text)));
}

/** Letters and digits only, in lower case: an echo may quote, escape or reformat the rest. */
const normalize = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();

const findJobId = (content: string, message: Message) =>
	findNew(idInLink, content, message)[0] ?? findNew(idInBackticks, content, message)[0];

/** The result links of a finished text, download links first, later ones before earlier ones. */
function findResultLinks(content: string, message: Message): string[] {
	const finished = content.slice(Math.max(0, content.lastIndexOf('🎉')));
	const links = findNew(resultLink, finished, message)
		.flatMap((link) => readLink(link) ?? [])
		.filter((link) => /\.mp4/i.test(link))
		.reverse();
	return links.sort((a, b) => Number(b.includes('/download/')) - Number(a.includes('/download/')));
}

/** The job in an answer of the chat format, streamed or whole. `message` is what was sent. */
export function readChat(answer: Answer, message: Message): Reading<CreatedJob> {
	const content = readContent(answer.body);
	const [link] = findResultLinks(content, message);
	const jobId = findJobId(content, message) ?? (link === undefined ? undefined : hashLink(link));
	if (jobId === undefined) return describeMissingId(answer, content);
	if (answer.httpStatus >= 400 || isErrorBody(answer.body)) return readRefusal(answer, jobId);
	const state: JobState =
		link === undefined
			? { status: 'queued' }
			: { status: 'succeeded', videos: [{ kind: 'final', links: [link] }] };
	return { kind: 'read', value: { jobId, state } };
}

/**
 * The id of a finished job whose text has none: 128 bits of the hash of its link. It distinguishes jobs
 * and no request can use it.
 */
function hashLink(link: string): string {
	return `link-${createHash('sha256').update(link).digest('hex').slice(0, 32)}`;
}

/** Whether an id is the hash of a link: no host has a job with that id. */
export function isHashedLink(jobId: string): boolean {
	return /^link-[0-9a-f]{32}$/.test(jobId);
}

function describeMissingId(answer: Answer, content: string): Problem {
	const { body, httpStatus } = answer;
	if (typeof body !== 'string' || httpStatus >= 400) return readRefusal(answer);
	const reason = readEvents(body)
		.map(readReason)
		.find((text) => text !== undefined);
	// Without the rest of a word: it may be half of a key, which the mask does not find.
	const end = content.length > 120 ? content.slice(-120).replace(/^[!-~]+/, '') : content;
	const message = content === '' ? describeBody(answer) : `a text without a job id: ${end}`;
	return { kind: 'unreadable', message: reason ?? message };
}

/** Whether a stream has the job id: the task-data host has the rest of the stream. */
export function hasJobId(textSoFar: string, message: Message): boolean {
	return findJobId(readContent(textSoFar), message) !== undefined;
}
