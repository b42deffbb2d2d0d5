import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { runWorkflow } from '../../engine/engine';
import { waitUntil } from '../../../nodes/jobs/clock';
import { typicalOf } from '../../../nodes/jobs/experience';
import type { Waiting } from '../../../nodes/jobs/schedule';
import { nextLook } from '../../../nodes/jobs/schedule';
import { openAiVideos } from '../../../nodes/providers/openAiVideos';
import type { Call } from '../../../nodes/providers/provider';
import { downloadVideo } from '../../../nodes/transport/download';
import { exchange } from '../../../nodes/transport/exchange';
import { executionClock } from '../../../nodes/transport/executionClock';
import type { Gateway } from '../../../nodes/transport/send';
import type { Contestant } from '../contestants';
import { benchCredentials, contestantNamed, node, workflowOf } from '../contestants';
import { timedRun } from '../timedRun';
import { bareChecks, checksAtATime, checksOf, patient, withKey } from './checks';
import { insideNode, processorMs } from './insideNode';
import type { Place, Work } from './work';
import { inLanes } from './work';

const { status, download } = openAiVideos;

function gatewayIn(
	context: IExecuteFunctions,
	place: Place,
): Gateway & { context: IExecuteFunctions } {
	const { apiKey, ...settings } = benchCredentials(place).veoOpenAiVideosApi;
	const { baseUrl } = settings;
	return { context, provider: openAiVideos, baseUrl, settings, secrets: [apiKey] };
}

const exchanges: Work = {
	id: 'exchange',
	label: 'A check without its node: the request, the answer and what it tells',
	unit: 'check',
	few: 500,
	many: 1_500,
	run: async (count, place) =>
		await insideNode(place, async (context) => {
			const gateway = gatewayIn(context, place);
			const call = status.request('none', gateway.settings);
			await inLanes(count, checksAtATime, async () => {
				await exchange(gateway, call, status.read, { timeoutMs: 30_000 });
			});
		}),
	bare: async (count, place) => await bareChecks(count, checksAtATime, place),
};

const decisions = (waiting: Waiting): Work => ({
	id: `decision-${waiting}`,
	label: `Deciding when to look next, ${waiting}`,
	unit: 'decision',
	few: 200,
	many: 1_000,
	run: async (count) =>
		await processorMs(async () => {
			const typical = typicalOf('a kind nobody has seen');
			const pace = { waiting, intervalMs: 15_000, typical, deadline: 1_800_000 };
			for (let index = 0; index < count; index++) {
				const lookedAt = (index % 20) * 15_000;
				nextLook({ beganAt: 0, lookedAt, failedChecks: 0 }, pace, lookedAt, index / count);
			}
			await Promise.resolve();
		}),
});

const holding: Work = {
	id: 'holding',
	label: 'Holding, without a check',
	unit: 'minute',
	few: 20,
	many: 100,
	run: async (minutes, place) =>
		await insideNode(place, async (context) => {
			const clock = executionClock(context);
			await waitUntil(clock, clock.now() + minutes * 60_000);
		}),
};

const passOn: Contestant = {
	id: 'passOn',
	label: 'A node that passes its items on',
	readsProgress: false,
	nodes: () => [node('Pass On', 'n8n-nodes-base.noOp', 1, {})],
	links: {},
	lastNode: 'Pass On',
};

const pollOnly: Contestant = {
	...contestantNamed('hold'),
	nodes: (origin, options) => [
		...contestantNamed('hold')
			.nodes(origin, options)
			.slice(-1)
			.map((each) => ({
				...each,
				parameters: { ...each.parameters, provider: 'eronmind', download: false },
			})),
	],
	links: {},
};

/** The jobs of the items have ended, and their ids say so: nothing is asked. */
const readingItems: Work = {
	id: 'items',
	label: 'Beginning and ending a run of Poll Until Done: its parameters and its items',
	unit: 'item',
	few: 100,
	many: 1_000,
	run: async (count, place) => await runOnItems(pollOnly, count, place),
	bare: async (count, place) => await runOnItems(passOn, count, place),
};

async function runOnItems(contestant: Contestant, count: number, place: Place): Promise<number> {
	const items = Array.from({ length: count }, (_, index): INodeExecutionData => ({
		json: { jobId: `https://127.0.0.1/${index}.mp4` },
	}));
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const credentials = { veoEronmindApi: { apiKey: place.key, baseUrl: place.origin } };
	return await processorMs(async () => {
		const { data } = await runWorkflow(workflowOf(contestant, [start], place.origin), {
			credentials,
			items,
		});
		if (data.resultData.error) throw data.resultData.error;
	});
}

const createOnly: Contestant = {
	...contestantNamed('hold'),
	nodes: (origin, options) => contestantNamed('hold').nodes(origin, options).slice(0, 1),
	links: {},
	lastNode: 'Veo Create',
};

const submits: Work = {
	id: 'submit',
	label: 'A submit, beginning and ending a run of Create',
	unit: 'submit',
	few: 50,
	many: 250,
	run: async (count, place) => {
		const prompts = Array.from({ length: count }, () => 'A boat');
		return await processorMs(async () => {
			const { error } = await timedRun(createOnly, place, prompts, patient);
			if (error !== undefined) throw new Error(error);
		});
	},
	bare: async (count, place) =>
		await insideNode(place, async (context) => {
			await inLanes(count, 1, async () => {
				const body = new FormData();
				const fields = { model: 'veo3.1', prompt: 'A boat', seconds: '8', size: '1280x720' };
				for (const [field, value] of Object.entries(fields)) body.append(field, value);
				const url = `${place.origin}/v1/videos`;
				await withKey(context, { method: 'POST', url, body: body as never, json: true });
			});
		}),
};

const megabyte = 1024 * 1024;

/** A finished job at the gateway, whose video has so many bytes. */
async function videoOf(megabytes: number, context: IExecuteFunctions, place: Place): Promise<Call> {
	const body = new FormData();
	body.append('prompt', `A boat [sim seconds=0 bytes=${megabytes * megabyte}]`);
	const url = `${place.origin}/v1/videos`;
	const answer = await withKey(context, { method: 'POST', url, body: body as never, json: true });
	const { id } = answer as { id: string };
	const call = download?.(id, gatewayIn(context, place).settings);
	if (call === undefined) throw new Error('There is no download route');
	return call;
}

const downloads: Work = {
	id: 'download',
	label: 'A download into n8n’s storage',
	unit: 'MB',
	few: 8,
	many: 128,
	run: async (megabytes, place) =>
		await insideNode(place, async (context) => {
			const sources = [await videoOf(megabytes, context, place)];
			const gateway = gatewayIn(context, place);
			const leftMs = () => Infinity;
			const result = await downloadVideo(gateway, { sources, fileName: 'boat.mp4', leftMs });
			if ('failure' in result) throw new Error(result.failure.message);
		}),
	bare: async (megabytes, place) =>
		await insideNode(place, async (context) => {
			const { path } = await videoOf(megabytes, context, place);
			const stream = await withKey(context, { url: place.origin + path, encoding: 'stream' });
			await context.helpers.prepareBinaryData(stream as never, 'boat.mp4', 'video/mp4');
		}),
};

/** Each check of them suspends: what n8n stores is written, and read again. */
const suspensions = (contestant: string, jobs: number, label: string): Work => ({
	...checksOf(contestant, jobs),
	label,
});

/** The parts of our path, and what n8n does in them by itself. */
export const steps: readonly Work[] = [
	readingItems,
	submits,
	exchanges,
	decisions('automatic'),
	decisions('hold'),
	decisions('suspend'),
	holding,
	suspensions('suspend', 1, 'A check with the suspension before it, 1 job'),
	suspensions('suspend', 100, 'A check with the suspension before it, 100 jobs'),
	suspensions('http70', 1, 'The same with HTTP Request + Wait 70 s, 1 job'),
	suspensions('http70', 100, 'The same with HTTP Request + Wait 70 s, 100 jobs'),
	downloads,
];
