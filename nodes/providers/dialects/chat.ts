/*
 * The chat format for videos, as providers of the New API family speak it: the answer is a text with the
 * job's id, links to its data at the task-data host and, once it has ended, links to the video.
 */
import { createHash } from 'node:crypto';
import type { JobState } from '../../jobs/job';
import { describeBody, readRefusal } from '../../wire/answers';
import { readReason, isErrorBody } from '../../wire/failures';
import type { OperationInput, OptionFields } from '../provider';
import type { Answer, Call, CreatedJob, Problem, Reading } from '../../wire/call';
import { readLink, readList, readString } from '../../wire/readers';
import { imageUrl } from '../../wire/writers';

/** What a chat message carries. */
type Message = Pick<OperationInput<OptionFields>, 'prompt' | 'images'>;

/** The request: the prompt and the images are the parts of one message, and the answer is streamed. */
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

/** The text the assistant has said so far, from a stream of events or from one whole answer. */
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
// need their closing character: a chunk may end within an id. Ids have no character that escaping in JSON
// or HTML changes, so that an escaped echo of the prompt contains either the same id or none.
const idInLink =
	/^[^\p{L}\p{N}\n[]{0,9}\[[^\]\n]{0,80}\]\(https?:\/\/[^\s/)]{1,253}\/(?:web|source)\/([\w.:@+/~-]{1,500})\)/gimu;
const idInBackticks =
	/^[^\p{L}\p{N}\n`]{0,9}(?:任务|Task)?[ \t]{0,9}ID[*_ \t]{0,9}[:：][*_ \t]{0,9}`([\w.:@+/~-]{1,500})`/gimu;
const resultLink = /\((https?:\/\/[^\s()]+)\)/gi;

/**
 * Matches of a pattern in the answer's text, without those that are also in the message. A provider may
 * echo a prompt that imitates an answer; the id and the links of a new job did not exist when it was sent.
 */
function findOwn(pattern: RegExp, content: string, { prompt, images }: Message): string[] {
	const found = [...content.matchAll(pattern)].flatMap(([, text]) => text ?? []);
	if (found.length === 0) return found;
	const urls = images.map((image) => (image.kind === 'link' ? image.url : ''));
	const sent = bare([prompt, ...urls].join(' '));
	return found.filter((text) => !sent.includes(bare(text)));
}

/** Letters and digits only, in lower case: an echo may quote, escape or reformat the rest. */
const bare = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();

const findJobId = (content: string, message: Message) =>
	findOwn(idInLink, content, message)[0] ?? findOwn(idInBackticks, content, message)[0];

/** The result links in a finished text: the last ones, the download link first. */
function findResultLinks(content: string, message: Message): string[] {
	const finished = content.slice(Math.max(0, content.lastIndexOf('🎉')));
	const links = findOwn(resultLink, finished, message)
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
 * The id of a finished job to which the text gives none: 128 bits of the hash of its link. It tells
 * jobs apart, and no request can be made of it.
 */
function hashLink(link: string): string {
	return `link-${createHash('sha256').update(link).digest('hex').slice(0, 32)}`;
}

/** Whether an id was made from the link of a finished job, so that no host knows it. */
export function isHashedLink(jobId: string): boolean {
	return /^link-[0-9a-f]{32}$/.test(jobId);
}

function describeMissingId(answer: Answer, content: string): Problem {
	const { body, httpStatus } = answer;
	if (typeof body !== 'string' || httpStatus >= 400) return readRefusal(answer);
	const reason = readEvents(body)
		.map(readReason)
		.find((text) => text !== undefined);
	const message =
		content === '' ? describeBody(answer) : `a text without a job id: ${content.slice(-120)}`;
	return { kind: 'unreadable', message: reason ?? message };
}

/** Whether a stream has told the job: the rest of it is waiting, and can be read at the task-data host. */
export function hasJobId(textSoFar: string, message: Message): boolean {
	return findJobId(readContent(textSoFar), message) !== undefined;
}
