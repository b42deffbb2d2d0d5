import { setImmediate as nextTurn } from 'node:timers/promises';
import { wait } from '../clock';
import { finalUrl } from '../files';
import type { Job } from '../jobs';
import { lifeAt, unixSeconds } from '../jobs';
import type { Simulation } from '../simulation';

/** Interval between two dots of a stream that waits for its video. */
const DOT_MS = 250;

/** The text of the chat, in pieces, as it is written while the video is generated. */
export async function* chatText(simulation: Simulation, job: Job): AsyncGenerator<string> {
	const { taskDataUrl } = simulation.addresses;
	yield '> 视频生成任务已创建\n';
	if (job.directives.stream === 'cut') return;
	yield `> 任务ID: \`${job.jobId}\`\n`;
	yield '> 为了防止任务中断,可以从以下链接持续获取任务进度:\n>\n';
	yield `> [数据预览](${taskDataUrl}/web/${job.jobId})`;
	yield ` | [原始数据](${taskDataUrl}/source/${job.jobId})\n`;
	yield '> 等待处理中.\n';
	yield `> 类型: ${job.imageUrls.length > 0 ? '图片生成' : '文字生成'}\n`;
	yield '> 🎬 开始生成视频.';
	while (lifeAt(job, simulation.clock.now()).endedAt === undefined) {
		await wait(DOT_MS);
		yield '.';
	}
	yield '\n';
	// The text of a failure is not documented: here it ends without a link.
	if (!lifeAt(job, simulation.clock.now()).hasUrl) return;
	yield '> 🎉 高质量视频已生成\n\n';
	yield `[▶️ 在线观看](${finalUrl(simulation, job)})`;
	yield ` | [⏬ 下载视频](${finalUrl(simulation, job, '/download')})\n`;
}

/** The same text as server-sent events. A cut stream ends without its last two events. */
export async function* chatStream(job: Job, text: AsyncIterable<string>): AsyncGenerator<string> {
	const chunk = (choices: unknown[], more = {}) =>
		event({
			id: `chatcmpl-${chatId(job)}`,
			object: 'chat.completion.chunk',
			created: unixSeconds(job.at),
			model: job.model,
			choices,
			...more,
		});
	const choice = (delta: object, finishReason: string | null = null) => [
		{ index: 0, delta, finish_reason: finishReason },
	];
	yield ': keep-alive\n\n';
	yield chunk(choice({ role: 'assistant', content: '' }));
	let written = '';
	for await (const content of text) {
		written += content;
		yield chunk(choice({ content }));
	}
	if (job.directives.stream === 'cut') return;
	yield chunk(choice({}, 'stop'));
	yield chunk([], { usage: usage(job, written) });
	yield 'data: [DONE]\n\n';
}

const PIECE_BYTES = 7;

/** As a network may deliver it: cut anywhere, even inside a character. */
export async function* inPieces(events: AsyncIterable<string>): AsyncGenerator<Buffer> {
	for await (const text of events) {
		const bytes = Buffer.from(text);
		for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
			yield bytes.subarray(start, start + PIECE_BYTES);
			await nextTurn();
		}
	}
}

export function chatCompletion(job: Job, content: string) {
	return {
		id: `chatcmpl-${chatId(job)}`,
		object: 'chat.completion',
		created: unixSeconds(job.at),
		model: job.model,
		choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
		usage: usage(job, content),
	};
}

function event(data: object): string {
	return `data: ${JSON.stringify(data)}\n\n`;
}

function chatId(job: Job): string {
	return job.jobId.replace(/^.*:/, '').replaceAll('-', '');
}

function usage(job: Job, content: string) {
	const { length: promptTokens } = [...job.prompt];
	const { length: contentTokens } = [...content];
	return {
		prompt_tokens: promptTokens,
		completion_tokens: contentTokens,
		total_tokens: promptTokens + contentTokens,
		prompt_tokens_details: { text_tokens: promptTokens },
		completion_tokens_details: { content_tokens: contentTokens },
	};
}
