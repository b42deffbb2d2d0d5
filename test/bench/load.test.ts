import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import type { Contestant } from '../../workbench/bench/contestants';
import { contestantNamed } from '../../workbench/bench/contestants';
import type { BenchProvider } from '../../workbench/bench/provider';
import { startBenchProvider } from '../../workbench/bench/provider';
import { timedRun } from '../../workbench/bench/timedRun';
import { inVirtualTime } from '../../workbench/virtualTime';
import { buildNode } from '../../workbench/workflowFile';
import { addTypes } from '../../workbench/engine/nodeTypes';

/* The statements of docs/benchmark.md about processor time and growth, as assertions. */

let provider: BenchProvider;
// Generous, so that a busy machine does not matter.
jest.setTimeout(120_000);

beforeAll(async () => {
	provider = await startBenchProvider();
});
beforeEach(() => provider.reset());
afterAll(async () => await provider.close());

/** One of ours without the download, which is not measured here. */
function withoutDownload(id: string): Contestant {
	const contestant = contestantNamed(id);
	return {
		...contestant,
		nodes: (origin) =>
			contestant.nodes(origin).map((each) => ({
				...each,
				parameters: {
					...each.parameters,
					...(each.name === contestant.lastNode && { download: false }),
				},
			})),
	};
}

const repeat = (count: number, prompt: string) => Array.from({ length: count }, () => prompt);

test('a hundred jobs in one suspended execution store less than 1.5 kB each', async () => {
	const jobs = 100;
	const prompts = repeat(jobs, 'A boat [sim seconds=150]');
	const { stored, error } = await inVirtualTime(
		async () => await timedRun(withoutDownload('suspend'), provider.newAddress(), prompts),
	);
	expect(error).toBeUndefined();
	const bytes = stored.map((text) => Buffer.byteLength(text));
	process.stdout.write(`  ${Math.max(...bytes) / jobs} bytes stored for a job\n`);
	expect(Math.max(...bytes) / jobs).toBeLessThan(1_500);
	expect(stored.length).toBeGreaterThan(1);
});

test.each(['automatic', 'suspend', 'hold'])(
	'%s: 150 jobs succeed at a provider that accepts 100 requests a minute',
	async (waiting) => {
		provider.behavior.requestsPerMinute = 100;
		const prompts = repeat(150, 'A boat [sim seconds=120]');
		const { error } = await inVirtualTime(
			async () => await timedRun(withoutDownload(waiting), provider.newAddress(), prompts),
		);
		expect(error).toBeUndefined();
		expect(provider.jobs).toHaveLength(150);
	},
);

const jobCount = 200;
// As many as Veo Poll Until Done checks at a time.
const lanes = 16;

/** Ended jobs, checked by Veo Poll Until Done. */
const pollOnly: Contestant = {
	...contestantNamed('hold'),
	nodes: () => [
		buildNode('Veo Poll Until Done', 'n8n-nodes-veo.veoPollUntilDone', {
			provider: 'openAiVideos',
			jobId: '={{ $json.prompt }}',
			waiting: 'hold',
			download: false,
		}),
	],
	links: {},
};

/** The same status requests by n8n's helper alone. */
const bareRequests: Contestant = {
	...pollOnly,
	nodes: () => [buildNode('Bare Requests', 'bench.bareRequests')],
	lastNode: 'Bare Requests',
};

const bareRequestsType: INodeType = {
	description: {
		displayName: 'Bare Requests',
		name: 'bareRequests',
		group: ['transform'],
		version: 1,
		description: 'Requests the status of each job',
		defaults: { name: 'Bare Requests' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'veoOpenAiVideosApi', required: true }],
		properties: [],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData();
		const left = [...items];
		const work = async () => {
			for (let item = left.pop(); item !== undefined; item = left.pop()) {
				await this.helpers.httpRequestWithAuthentication.call(this, 'veoOpenAiVideosApi', {
					url: `${provider.origin}/v1/videos/${String(item.json.prompt)}`,
					json: true,
					returnFullResponse: true,
				});
			}
		};
		await Promise.all(Array.from({ length: lanes }, work));
		return [items];
	},
};

/** Processor milliseconds of all threads for an execution with all jobs. */
async function measureProcessor(contestant: Contestant): Promise<number> {
	const jobIds = provider.jobs.map(({ jobId }) => jobId);
	const before = process.cpuUsage();
	const { error } = await timedRun(contestant, provider, jobIds);
	const { user, system } = process.cpuUsage(before);
	expect(error).toBeUndefined();
	return (user + system) / 1000;
}

test('a job takes less than twice the processor time of its bare request', async () => {
	addTypes({ 'bench.bareRequests': bareRequestsType }, []);
	const now = Date.now();
	for (let job = 0; job < jobCount; job++) {
		const times = { createdAt: now - 1_000, endsAt: now };
		provider.jobs.push({ jobId: `job-${job}`, prompt: '', bytes: 0, checks: 0, ...times });
	}
	// The minimum of several: the first compiles the code, and other processes slow some down.
	let ours = Infinity;
	let bare = Infinity;
	let rounds = 0;
	for (; rounds < 3 || (ours >= 2 * bare && rounds < 12); rounds++) {
		ours = Math.min(ours, await measureProcessor(pollOnly));
		bare = Math.min(bare, await measureProcessor(bareRequests));
	}
	expect(provider.jobs[0]?.checks).toBe(2 * rounds);
	const ratio = ours / bare;
	process.stdout.write(
		`  a job takes ${ratio.toFixed(2)} times the processor time of its request\n`,
	);
	expect(ratio).toBeLessThan(2);
});
