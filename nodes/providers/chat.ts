/*
 * The chat format for videos, as gateways of the New API family speak it: the answer is a text with the
 * job's id, links to its data at the task-data host and, once it has ended, links to the video.
 */
import { createHash } from 'node:crypto';
import type { JobState } from '../jobs/job';
import { describeBody, readRefusal } from './answers';
import { readReason } from './failures';
import type { Answer, Call, CreatedJob, CreationInput, OptionFields, Problem } from './provider';
import { readLink, readList, readString } from './reading';
import { imageUrl } from './writing';

/** The request: the prompt and the images are the parts of one message, and the answer is streamed. */
export function chatCall(
	model: string,
	{ prompt, images }: Pick<CreationInput<OptionFields>, 'prompt' | 'images'>,
): Call {
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
function contentOf(body: unknown): string {
	if (typeof body !== 'string')
		return readString(readList(body, 'choices')[0], 'message', 'content') ?? '';
	return eventsIn(body)
		.map((event) => {
			const delta = (readList(event, 'choices')[0] as { delta?: unknown } | undefined)?.delta;
			const content = (delta as { content?: unknown } | undefined)?.content;
			return typeof content === 'string' ? content : '';
		})
		.join('');
}

function eventsIn(stream: string): unknown[] {
	return [...stream.matchAll(/^data:[ \t]*(\{.*\})[ \t\r]*$/gm)].flatMap(([, json]) => {
		try {
			return [JSON.parse(json ?? '') as unknown];
		} catch {
			return [];
		}
	});
}

// Both need their closing character, so that half an id at the end of a chunk is not taken for a whole one.
const idInLink = /\/\/[^\s/)]{1,253}\/(?:web|source)\/([^\s)]{1,500})\)/;
const idInBackticks = /ID\s{0,9}[:：]\s{0,9}`([^`\s]{1,500})`/i;
const jobIdIn = (content: string) => (idInLink.exec(content) ?? idInBackticks.exec(content))?.[1];

/** The result links in a finished text: the last ones, the download link first. */
function resultLinksIn(content: string): string[] {
	const finished = content.slice(Math.max(0, content.lastIndexOf('🎉')));
	const links = [...finished.matchAll(/\((https?:\/\/[^\s()]+)\)/gi)]
		.flatMap(([, link]) => readLink(link) ?? [])
		.filter((link) => /\.mp4/i.test(link))
		.reverse();
	return links.sort((a, b) => Number(b.includes('/download/')) - Number(a.includes('/download/')));
}

/** The job in an answer of the chat format, streamed or whole. */
export function readChat(answer: Answer): CreatedJob | Problem {
	const content = contentOf(answer.body);
	const [link] = resultLinksIn(content);
	const jobId = jobIdIn(content) ?? (link === undefined ? undefined : idOfLink(link));
	if (jobId === undefined) return withoutId(answer, content);
	return { jobId, state: link === undefined ? { status: 'queued' } : finishedAt(link) };
}

/**
 * The id of a finished job to which the text gives none: 128 bits of the hash of its link. It tells
 * jobs apart, and no request can be made of it.
 */
function idOfLink(link: string): string {
	return `link-${createHash('sha256').update(link).digest('hex').slice(0, 32)}`;
}

/** Whether an id was made from the link of a finished job, so that no host knows it. */
export function isIdOfLink(jobId: string): boolean {
	return /^link-[0-9a-f]{32}$/.test(jobId);
}

function withoutId(answer: Answer, content: string): Problem {
	const { body } = answer;
	if (typeof body !== 'string') return readRefusal(answer);
	const reason = eventsIn(body)
		.map(readReason)
		.find((text) => text !== undefined);
	if (reason !== undefined) return { unreadable: reason };
	return content === ''
		? { unreadable: describeBody(answer) }
		: { unreadable: `a text without a job id: ${content.slice(-120)}` };
}

/** Whether a stream has told the job: the rest of it is waiting, and can be read at the task-data host. */
export function tellsJob(textSoFar: string): boolean {
	return jobIdIn(contentOf(textSoFar)) !== undefined;
}

function finishedAt(url: string): JobState {
	return {
		status: 'succeeded',
		videos: [{ url, kind: 'final' }],
	};
}
