/*
 * Runs workflows on one version of n8n's engine, in virtual time, and prints what they did as one line of
 * JSON. runOn.ts starts it in a process of its own, in which n8n-core and n8n-workflow are those of that
 * version, and dist/ and package.json those of the packed tarball.
 */
import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runWorkflow } from '../../engine/engine';
// After the engine, which sets what n8n-core reads while it loads.
import { PackageDirectoryLoader } from 'n8n-core';
import { startSimulator } from '../../simulator';
import { simulatorCredentials } from '../../simulatorCredentials';
import { inVirtualTime } from '../../virtualTime';
import type { WorkflowFile } from '../../workflowFile';
import { buildNode, connectInARow, to } from '../../workflowFile';

/** What one workflow did on an engine. */
export interface CaseResult {
	status: string;
	error?: string;
	/** How long each suspension was to last. */
	suspendedMs: number[];
	/** The output of Veo Poll Until Done in its last run. */
	jobs: IDataObject[];
	/** What the last node read. */
	read: IDataObject[];
	/** The hints of Veo Poll Until Done. */
	hints: string[];
	/** The hints of Veo Create. */
	createHints: string[];
	videos: number;
}

export interface EngineResult {
	core: string;
	node: string;
	/** The types that n8n's own loader found in the unpacked tarball. */
	loaded: { nodes: string[]; credentials: string[] };
	/** Paid jobs of all cases together. */
	bought: number;
	cases: Record<'suspend' | 'loop' | 'hold' | 'failed' | 'wake', CaseResult>;
}

const pollName = 'Veo Poll Until Done';

const trigger = buildNode('Trigger', 'n8n-nodes-base.manualTrigger');
const create = buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
	provider: 'deepWl',
	prompt: '={{ $json.prompt }}',
});
const poll = (waiting: string, provider = 'deepWl') =>
	buildNode(pollName, 'n8n-nodes-veo.veoPollUntilDone', { provider, waiting });
const createWaking = buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
	provider: 'kie',
	prompt: '={{ $json.prompt }}',
	options: { wakeByCallback: true },
});

/** Returns for each item what its expressions read. */
const reader = (name: string, values: Record<string, string>) =>
	buildNode(name, 'n8n-nodes-base.set', {
		assignments: {
			assignments: Object.entries(values).map(([field, value]) => ({ name: field, value })),
		},
	});

/** Reads the output of earlier nodes; the label comes from the node that fed Veo Create. */
const read = (feeder: string) =>
	reader('Read', {
		now: '={{ $json.jobId }}',
		first: `={{ $('${pollName}').first().json.jobId }}`,
		own: `={{ $('${pollName}').item.json.jobId }}`,
		created: `={{ $('Veo Create').item.json.jobId }}`,
		label: `={{ $('${feeder}').item.json.label }}`,
	});

const inARow = (...nodes: INode[]): WorkflowFile => ({
	name: 'Case',
	nodes,
	connections: connectInARow(nodes),
});

const row = (waiting: string) => inARow(trigger, create, poll(waiting), read('Trigger'));

function inALoop(waiting: string): WorkflowFile {
	const turn = inARow(
		trigger,
		buildNode('Loop', 'n8n-nodes-base.splitInBatches'),
		create,
		poll(waiting),
		read('Loop'),
	);
	const fields = ['now', 'first', 'own', 'created', 'label'];
	const done = reader(
		'Done',
		Object.fromEntries(fields.map((name) => [name, `={{ $json.${name} }}`])),
	);
	return {
		name: 'Case',
		nodes: [...turn.nodes, done],
		connections: {
			...turn.connections,
			Loop: { main: [[to('Done')], [to('Veo Create')]] },
			Read: { main: [[to('Loop')]] },
		},
	};
}

/** A failed job leaves by the error output, with all that is known of it. */
function withErrorOutput(): WorkflowFile {
	const failed = reader('Failed', {
		failed: '={{ $json.details.jobId }}',
		code: '={{ $json.details.failure.code }}',
		created: `={{ $('Veo Create').item.json.jobId }}`,
	});
	const waiting: INode = { ...poll('hold'), onError: 'continueErrorOutput' };
	const { name, nodes, connections } = inARow(trigger, create, waiting);
	return {
		name,
		nodes: [...nodes, failed],
		connections: { ...connections, [pollName]: { main: [[], [to('Failed')]] } },
	};
}

/** A job that takes so many seconds. */
const item = (label: string, seconds: number, ending = 'success'): INodeExecutionData => ({
	json: { label, prompt: `A boat [sim seconds=${seconds} ending=${ending}]` },
});

const cases = {
	suspend: { file: row('suspend'), items: [item('long', 400), item('short', 20)], last: 'Read' },
	// Long enough for two suspensions in each turn: only from then on the engine loses the source.
	loop: { file: inALoop('suspend'), items: [item('one', 250), item('two', 250)], last: 'Done' },
	failed: {
		file: withErrorOutput(),
		items: [item('good', 20), item('bad', 20, 'safety')],
		last: 'Failed',
	},
	// The execution has no token here, as before n8n 2.14.
	wake: {
		file: inARow(trigger, createWaking, poll('suspend', 'kie'), read('Trigger')),
		items: [item('woken', 100)],
		last: 'Read',
	},
	hold: { file: row('hold'), items: [item('long', 100), item('short', 20)], last: 'Read' },
};

type Case = (typeof cases)[keyof typeof cases];
type Credentials = ReturnType<typeof simulatorCredentials>;

async function runCase({ file, items, last }: Case, credentials: Credentials): Promise<CaseResult> {
	const suspendedMs: number[] = [];
	const { status, data } = await runWorkflow(file, {
		credentials,
		items,
		onSuspend: (_stored, wakeTime) => suspendedMs.push(wakeTime.getTime() - Date.now()),
	});
	const { runData, error } = data.resultData;
	const readOutput = (name: string) => runData[name]?.at(-1)?.data?.main?.[0] ?? [];
	const readHints = (name: string) =>
		(runData[name] ?? []).flatMap(({ hints = [] }) => hints.map(({ message }) => message));
	return {
		status,
		...(error && { error: `${error.message} ${'description' in error ? error.description : ''}` }),
		suspendedMs,
		jobs: readOutput(pollName).map(({ json }) => json),
		read: readOutput(last).map(({ json }) => json),
		hints: readHints(pollName),
		createHints: readHints('Veo Create'),
		videos: readOutput(pollName).filter(({ binary }) => binary?.video).length,
	};
}

async function main(): Promise<EngineResult> {
	const loader = new PackageDirectoryLoader(path.join(__dirname, '..', '..', '..'));
	await loader.loadAll();
	const simulator = await startSimulator();
	const credentials = simulatorCredentials(simulator);
	const results = await Promise.all(
		Object.entries(cases).map(
			async ([name, each]) => [name, await runCase(each, credentials)] as const,
		),
	);
	const requireFile = createRequire(__filename);
	const { version: core } = requireFile('n8n-core/package.json') as { version: string };
	const listNames = (types: ReadonlyArray<{ name: string }>) => types.map(({ name }) => name);
	return {
		core,
		node: process.version,
		loaded: {
			nodes: listNames(loader.types.nodes),
			credentials: listNames(loader.types.credentials),
		},
		bought: simulator.ledger.length,
		cases: Object.fromEntries(results) as EngineResult['cases'],
	};
}

void inVirtualTime(main).then((result) =>
	process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0)),
);
