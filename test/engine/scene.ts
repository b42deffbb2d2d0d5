import { fastClock, until } from './fastTime';
import { parse } from 'flatted';
import type {
	ExecutionError,
	IBinaryKeyData,
	IDataObject,
	INode,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
} from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { RunOptions, WorkflowFile } from '../../workbench/engine/engine';
import { retryWorkflow, runWorkflow } from '../../workbench/engine/engine';
import type { Call, Fault, Simulator } from '../../workbench/simulator';
import type { MediaName } from '../../workbench/simulator/files';
import { image } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import type { NodeSettings } from './workflow';
import * as workflow from './workflow';

/*
 * The scene of most tests here: one simulator for the file, in virtual time, and the result of an
 * execution as its last node gave it.
 */

/** The simulator of the file. It forgets everything after each test. */
export let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

export const continueRegular = { onError: 'continueRegularOutput' } as const;
export const continueError = { onError: 'continueErrorOutput' } as const;
export const retryOnFail: NodeSettings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

/** A picture in the binary field "frame" of an item, and how an image field names it. */
export const frame: IBinaryKeyData = {
	frame: { fileName: 'a.png', mimeType: 'image/png', data: image.toString('base64') },
};
export const fromBinary = { source: 'binary', binaryProperty: 'frame' };
export const firstFrame = { imageMode: 'firstFrame', images: { image: [fromBinary] } };

/** What an execution came to: its run, and what its last node gave. */
export interface Execution {
	run: IRun;
	items: INodeExecutionData[];
	jobs: IDataObject[];
	/** The json of the error output. */
	failed: IDataObject[];
	hints: string;
	/** The error that stopped it. */
	error: ExecutionError | undefined;
	/** All that this error says to a person. */
	text: string;
}

interface Options extends Partial<Omit<RunOptions, 'items'>> {
	/** The files of the items, in their order. */
	files?: Array<IBinaryKeyData | undefined>;
}

/** Runs nodes in a row, or a workflow, with one item per prompt or json. */
export async function execute(
	given: INode | INode[] | WorkflowFile,
	items: Array<string | IDataObject>,
	{ files = [], ...options }: Options = {},
): Promise<Execution> {
	const file = 'connections' in given ? given : workflow.inARow(...[given].flat());
	const run = await runWorkflow(file, {
		credentials: workflow.credentialsFor(simulator),
		items: items.map((item, index) => ({
			json: typeof item === 'string' ? { prompt: item } : item,
			binary: files[index],
		})),
		...options,
	});
	return readExecution(run, file.nodes.at(-1)?.name ?? '');
}

/** What n8n stored in a suspension, and when. */
export interface Suspension {
	stored: string;
	/** How many checks were made before. */
	checks: number;
	at: number;
	forMs: number;
}

/** Runs as `execute` does, and notes each suspension. */
export async function executeSuspending(
	given: INode | INode[] | WorkflowFile,
	items: Array<string | IDataObject>,
	{ onSuspend, ...options }: Options = {},
): Promise<Execution & { suspensions: Suspension[] }> {
	const suspensions: Suspension[] = [];
	const execution = await execute(given, items, {
		...options,
		onSuspend: (stored, wakeTime) => {
			const at = Date.now();
			suspensions.push({ stored, checks: checks().length, at, forMs: wakeTime.getTime() - at });
			onSuspend?.(stored, wakeTime);
		},
	});
	return { ...execution, suspensions };
}

/** What n8n has stored when it is killed while the create of this number is answered. */
export async function killAtCreate(
	number: number,
	file: WorkflowFile,
	items: string[],
): Promise<{ data: IRunExecutionData }> {
	let stored = '';
	let kill = (): void => undefined;
	failCreate({ kind: 'delay', delayMs: 1_000, times: number });
	const running = execute(file, items, {
		onStore: (text) => (stored = text),
		onStart: (cancel) => (kill = cancel),
	});
	await until(() => creates().length === number);
	const data = parse(stored) as IRunExecutionData;
	// Nothing is stored from here on: a canceled node lets the answer come and sends nothing more.
	kill();
	await running;
	return { data };
}

/** Retries an execution from its failed node, as n8n does, with the nodes as they are now. */
export async function retry(
	{ data }: Pick<IRun, 'data'>,
	given: INode | INode[] | WorkflowFile,
	credentials = workflow.credentialsFor(simulator),
): Promise<Execution> {
	const file = 'connections' in given ? given : workflow.inARow(...[given].flat());
	const run = await retryWorkflow(file, { data }, { credentials });
	return readExecution(run, file.nodes.at(-1)?.name ?? '');
}

export function readExecution(run: IRun, nodeName: string): Execution {
	const { error } = run.data.resultData;
	const hints = workflow.runsOf(run, nodeName).flatMap(({ hints: shown = [] }) => shown);
	return {
		run,
		items: workflow.itemsOf(run, nodeName),
		jobs: workflow.jobsOf(run, nodeName),
		failed: workflow.jobsOf(run, nodeName, 1),
		hints: hints.map(({ message }) => message).join('\n'),
		error,
		text: error === undefined ? '' : `${error.message}\n${error.description ?? ''}`,
	};
}

/** The credentials with some fields of one provider's changed, as an option of an execution. */
export const withCredential = (name: ProviderName, changed: Record<string, string>) => ({
	credentials: workflow.credentialsWith(simulator, name, changed),
});

/** The IDs of the jobs that were started, in that order. */
export const jobIds = (): string[] => simulator.ledger.map(({ jobId }) => jobId);

export const startedPrompts = (): string[] => simulator.ledger.map(({ prompt }) => prompt);

export const creates = (): Call[] => workflow.submitsTo(simulator);

export const checks = (jobId?: unknown): Call[] =>
	workflow.checksOf(simulator, jobId === undefined ? '' : String(jobId));

export const callsTo = (part: string): Call[] =>
	simulator.calls.filter(({ path }) => path.includes(part));

/** Lets the next creates go wrong. */
export const failCreate = (fault: Omit<Fault, 'route'>): void =>
	simulator.failNext({ ...fault, route: 'create' });

/** Every item has the video, byte for byte. */
export async function expectVideos(
	items: Array<INodeExecutionData | undefined>,
	media: MediaName = 'landscape-8s',
): Promise<void> {
	expect(items.length).toBeGreaterThan(0);
	for (const item of items) expect(await workflow.mediaOf(item)).toBe(media);
}
