import type FormData from 'form-data';
import type { GatewayName, ManualClock, Simulator } from '../../workbench/simulator';
import type { Answer } from './calls';
import { at, call, formOf, readStreamUntil, send, textAt } from './calls';

/** The gateways with a route of their own for a video's bytes. */
export const gatewaysWithContent = [
	...(['deerApi', 'deepWl', 'newApiRemix'] as const),
	...(['deepWlVideos', 'eronmindVideos', 'openAiVideos'] as const),
] satisfies GatewayName[];

interface Create {
	path: string;
	/** The smallest body the gateway accepts. */
	body(prompt: string): { json: Record<string, unknown> } | { form: FormData };
	/** Where the answer has the job's id. */
	idPath: string[];
	statusPath(jobId: string): string;
}

/** The chat format: the id is in the text, and the status at the task-data host. */
function chat(model: string) {
	return {
		path: '/v1/chat/completions',
		body: (prompt: string) => ({
			json: { model, stream: true, messages: [{ role: 'user', content: prompt }] },
		}),
		idPath: [],
		statusPath: (jobId: string) => `/source/${encodeURIComponent(jobId)}`,
	};
}

/** The video format. */
function videos<Body extends Create['body']>(body: Body) {
	return {
		path: '/v1/videos',
		body,
		idPath: ['id'],
		statusPath: (jobId: string) => `/v1/videos/${encodeURIComponent(jobId)}`,
	};
}

export const speaksChat = (gateway: GatewayName): gateway is 'eronmind' | 'deerApiChat' =>
	gateway === 'eronmind' || gateway === 'deerApiChat';

export const creates = {
	deerApi: {
		path: '/v1/videos',
		body: (prompt) => ({ form: formOf(['prompt', prompt]) }),
		idPath: ['id'],
		statusPath: (jobId) => `/v1/videos/${encodeURIComponent(jobId)}`,
	},
	deepWl: {
		path: '/v1/video/create',
		body: (prompt) => ({
			json: {
				prompt,
				model: 'veo3.1-fast',
				images: [],
				orientation: 'landscape',
				size: '1280x720',
				duration: 8,
				aspect_ratio: '16:9',
			},
		}),
		idPath: ['id'],
		statusPath: (jobId) => `/v1/video/query?id=${encodeURIComponent(jobId)}`,
	},
	newApiRemix: {
		path: '/v1/videos',
		body: (prompt) => ({
			form: formOf(
				['model', 'veo_3_1-fast-remix'],
				['prompt', prompt],
				['prompt_extend', 'and then'],
			),
		}),
		idPath: ['id'],
		statusPath: (jobId) => `/v1/videos/${encodeURIComponent(jobId)}`,
	},
	apimp: {
		path: '/api/generate/submit',
		body: (prompt) => ({ json: { model: 'veo-3.1-generate-preview', input: { prompt } } }),
		idPath: ['data', 'task_id'],
		statusPath: (jobId) => `/api/generate/status/${encodeURIComponent(jobId)}`,
	},
	eronmind: chat('veo_3_1-landscape'),
	deerApiChat: chat('veo3-fast-frames'),
	deepWlVideos: videos((prompt) => ({ json: { model: 'veo_3_1', prompt, size: '1280x720' } })),
	eronmindVideos: videos((prompt) => ({
		form: formOf(['model', 'veo_3_1'], ['prompt', prompt], ['size', '1280x720']),
	})),
	openAiVideos: videos((prompt) => ({
		form: formOf(['model', 'veo_3_1'], ['prompt', prompt], ['size', '1280x720']),
	})),
} satisfies Record<GatewayName, Create>;

export async function create(
	simulator: Simulator,
	gateway: GatewayName,
	prompt: string,
): Promise<Answer> {
	const { path, body } = creates[gateway];
	return call(simulator, gateway, 'POST', path, body(prompt));
}

/** Creates a job that must be accepted, and gives its id. */
export async function createJob(
	simulator: Simulator,
	gateway: GatewayName,
	prompt: string,
): Promise<string> {
	if (speaksChat(gateway)) return createChatJob(simulator, gateway, prompt);
	const answer = await create(simulator, gateway, prompt);
	if (answer.httpStatus !== 200) throw new Error(`${gateway} refused: ${answer.text}`);
	return textAt(answer.json, ...creates[gateway].idPath);
}

async function createChatJob(
	simulator: Simulator,
	gateway: 'eronmind' | 'deerApiChat',
	prompt: string,
): Promise<string> {
	const { path, body } = creates[gateway];
	const stream = await readStreamUntil(
		simulator.baseUrl(gateway) + path,
		{ ...body(prompt), authorization: `Bearer ${simulator.key(gateway)}` },
		'/source/',
	);
	const [, jobId] = /任务ID: `([^`]+)`/.exec(stream) ?? [];
	if (jobId === undefined) throw new Error(`no id in: ${stream}`);
	return jobId;
}

export async function status(
	simulator: Simulator,
	gateway: GatewayName,
	jobId: string,
): Promise<Answer> {
	const path = creates[gateway].statusPath(jobId);
	return speaksChat(gateway)
		? send(simulator.taskDataUrl + path)
		: call(simulator, gateway, 'GET', path);
}

/** The gateway's own word for the state of a job, after some time. */
export async function wordAfter(
	simulator: Simulator,
	clock: ManualClock,
	gateway: GatewayName,
	jobId: string,
	elapsedMs: number,
): Promise<unknown> {
	clock.advance(elapsedMs);
	const { json } = await status(simulator, gateway, jobId);
	return gateway === 'apimp' ? at(json, 'data', 'status') : at(json, 'status');
}
