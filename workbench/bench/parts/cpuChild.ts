import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { addTypes } from '../../engine/nodeTypes';
import { speedUpTime } from '../../fastTime';
import { endChild, taskOfChild } from '../child';
import type { Contestant, ContestantOptions } from '../contestants';
import { contestantNamed, node } from '../contestants';
import { useN8nNodes } from '../n8nNodes';
import { timedRun } from '../timedRun';

export interface CpuTask {
	contestant: string;
	items: number;
	origin: string;
	key: string;
}

export interface CpuUsed {
	/** Processor time, of all threads. */
	milliseconds: number;
	startedAt: number;
}

// Faster, and the time limit of a check would be shorter than its answer takes.
const timesFaster = 200;
// Of the gateway's time, which is the real one.
const jobSeconds = 10;
const bareChecks = 2_000;
const checksAtATime = 16;

const never = 10_000;
const options: ContestantOptions = {
	parameters: {
		'Veo Poll Until Done': { timeoutMinutes: never, pollIntervalSeconds: 5, download: false },
		OpenAI: { options: { waitTime: never * 60 } },
		'Go On?': {
			conditions: {
				combinator: 'and',
				options: { version: 2 },
				conditions: [
					{
						id: 'always',
						leftValue: true,
						rightValue: '',
						operator: { type: 'boolean', operation: 'true', singleValue: true },
					},
				],
			},
		},
	},
};

const bareNode: INodeType = {
	description: {
		displayName: 'Bare Helper',
		name: 'bareHelper',
		group: ['transform'],
		version: 1,
		description: 'Bare Helper',
		defaults: { name: 'Bare Helper' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'veoOpenAiVideosApi', required: true }],
		properties: [{ displayName: 'URL', name: 'url', type: 'string', default: '' }],
	},
	async execute(this: IExecuteFunctions) {
		const url = this.getNodeParameter('url', 0) as string;
		const atATime = Math.min(checksAtATime, this.getInputData().length);
		let left = bareChecks;
		const lane = async () => {
			while (left-- > 0) {
				await this.helpers.httpRequestWithAuthentication.call(this, 'veoOpenAiVideosApi', {
					url,
					json: true,
					returnFullResponse: true,
					ignoreHttpStatusErrors: true,
				});
			}
		};
		await Promise.all(Array.from({ length: atATime }, lane));
		return [this.getInputData()];
	},
};

const bareContestant: Contestant = {
	id: 'bareHelper',
	label: 'The bare request helper',
	readsProgress: false,
	nodes: (origin) => [
		{
			...node('Bare Helper', 'bench.bareHelper', 1, { url: `${origin}/v1/videos/none` }),
		},
	],
	links: {},
	lastNode: 'Bare Helper',
};

async function main(): Promise<void> {
	const { contestant, items, origin, key } = taskOfChild<CpuTask>();
	useN8nNodes();
	addTypes({ 'bench.bareHelper': bareNode }, []);
	const chosen = contestant === bareContestant.id ? bareContestant : contestantNamed(contestant);
	const waitFor = async (seconds: number) => {
		const prompts = Array.from({ length: items }, () => `A boat [sim seconds=${seconds}]`);
		const { error } = await timedRun(chosen, { origin, key }, prompts, options);
		if (error !== undefined) throw new Error(`${chosen.label}: ${error}`);
	};
	const startedAt = Date.now();
	speedUpTime(timesFaster);
	// Compiled and warm, as in a worker that has been running for a while.
	await waitFor(2);
	const before = process.cpuUsage();
	const elapsed = (Date.now() - startedAt) / timesFaster;
	await waitFor(jobSeconds);
	const { user, system } = process.cpuUsage(before);
	endChild({
		milliseconds: (user + system) / 1000,
		startedAt: startedAt + elapsed,
	} satisfies CpuUsed);
}

void main();
