import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
	IBinaryData,
	INode,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	ITaskData,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

// n8n-core reads these while it loads, so they are set before its import.
process.env.N8N_ENCRYPTION_KEY ??= 'workbench-encryption-key';
process.env.N8N_USER_FOLDER ??= createUserFolder();
process.env.N8N_DEFAULT_BINARY_DATA_MODE ??= 'filesystem';
// Errors are part of the run; the engine need not log them.
process.env.N8N_LOG_LEVEL ??= 'silent';

function createUserFolder(): string {
	const folder = mkdtempSync(
		path.join(process.env.VEO_TEMPORARY_FOLDER ?? tmpdir(), 'n8n-nodes-veo-'),
	);
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

import { Container } from '@n8n/di';
import {
	BinaryDataService,
	DataDeduplicationService,
	ExecutionLifecycleHooks,
	WorkflowExecute,
} from 'n8n-core';
import { parse, stringify } from 'flatted';
import { sleep, Workflow } from 'n8n-workflow';
import type { CredentialValues } from './credentials';
import { WorkbenchCredentials } from './credentials';
import { deduplicator } from './deduplicator';
import { nodeTypes } from './nodeTypes';
import type { WorkflowFile } from '../workflowFile';

export type { WorkflowFile };

export interface RunOptions {
	credentials: CredentialValues;
	/** Called after each run of a node. */
	onNode?(nodeName: string, task: ITaskData): void;
	/**
	 * Called with what n8n stores while an execution runs, as flatted text: its start, and if the workflow
	 * saves its execution progress also what it is after each run of a node.
	 */
	onStore?(stored: string): void;
	mode?: WorkflowExecuteMode;
	/** The output of the trigger. Default: one empty item. */
	items?: INodeExecutionData[];
	/** Called at each suspension with what n8n stores: flatted text. */
	onSuspend?(stored: string, wakeTime: Date): void;
	/** Called before a suspended execution is resumed, with what n8n has read from its database. */
	onResume?(stored: IRunExecutionData): void;
	/** Receives a function that cancels the execution, as n8n's Stop button does. */
	onStart?(cancel: () => void): void;
	/** The timeout of a sub-workflow: the engine checks it between two calls of nodes, and aborts none. */
	timeoutMs?: number;
}

let executions = 0;
let servicesReady: Promise<unknown> | undefined;

/** What n8n starts before it runs executions. */
async function startServices(): Promise<void> {
	servicesReady ??= Promise.all([
		Container.get(BinaryDataService).init(),
		DataDeduplicationService.init(deduplicator),
	]);
	await servicesReady;
}

/**
 * Runs a workflow on n8n's own engine. When it suspends, it is serialized as in n8n's database, read back and
 * resumed at its time.
 */
export async function runWorkflow(file: WorkflowFile, options: RunOptions): Promise<IRun> {
	await startServices();
	const items = options.items ?? [{ json: {} }];
	const start = buildWorkflow(file, options).getStartNode();
	if (start === undefined) throw new Error(`The workflow "${file.name}" has no trigger`);
	// Written out: n8n-workflow has no function for it before n8n 1.123.
	const first = {
		version: 1,
		startData: {},
		resumeToken: randomBytes(32).toString('hex'),
		resultData: { runData: {} },
		executionData: {
			contextData: {},
			nodeExecutionStack: [{ node: start, data: { main: [items] }, source: null }],
			metadata: {},
			waitingExecution: {},
			waitingExecutionSource: {},
		},
	} as unknown as IRunExecutionData;
	options.onStore?.(stringify(first));
	return await runToItsEnd(file, options, String(++executions), first);
}

/**
 * Runs an execution again from the node that failed or crashed, as n8n's "Retry execution" does: the stored
 * execution under a new id. Like n8n, with the nodes of the given workflow, which may differ, or as `original`
 * with those that are stored.
 */
export async function retryWorkflow(
	file: WorkflowFile,
	failed: Pick<IRun, 'data'>,
	options: RunOptions,
	nodes: 'original' | 'saved' = 'saved',
): Promise<IRun> {
	const data = parse(stringify(failed.data)) as IRunExecutionData;
	const { resultData, executionData } = data;
	delete resultData.error;
	const runs = resultData.runData[resultData.lastNodeExecuted ?? ''];
	if (runs?.at(-1)?.error !== undefined) runs.pop();
	const workflow = buildWorkflow(file, options);
	if (nodes === 'saved') {
		for (const entry of executionData?.nodeExecutionStack ?? []) {
			entry.node = workflow.getNode(entry.node.name) ?? entry.node;
		}
	}
	return await runToItsEnd(file, { ...options, mode: 'retry' }, String(++executions), data);
}

async function runToItsEnd(
	file: WorkflowFile,
	options: RunOptions,
	executionId: string,
	first: IRunExecutionData,
): Promise<IRun> {
	let run = await runOnce(file, options, executionId, first, false);
	while (run.waitTill) {
		const stored = stringify(run.data);
		const wakeTime = new Date(run.waitTill);
		options.onSuspend?.(stored, wakeTime);
		await sleep(resumeTime(wakeTime.getTime(), Date.now()) - Date.now());
		const resumed = parse(stored) as IRunExecutionData;
		resumed.waitTill = wakeTime;
		options.onResume?.(resumed);
		run = await runOnce(file, options, executionId, resumed, true);
	}
	return run;
}

const sweepMs = 60_000;
const sweepAheadMs = 70_000;
const resumeMs = 10;

/**
 * When n8n's wait tracker resumes an execution: every 60 seconds it looks for executions due within 70. A wait
 * of 65 seconds or more therefore ends on time, a shorter one at the tracker's next turn.
 */
function resumeTime(wakeTime: number, now: number): number {
	let sweep = Math.ceil(now / sweepMs) * sweepMs;
	while (sweep + sweepAheadMs < wakeTime) sweep += sweepMs;
	return Math.max(wakeTime, sweep) + resumeMs;
}

async function runOnce(
	file: WorkflowFile,
	options: RunOptions,
	executionId: string,
	data: IRunExecutionData,
	isResumed: boolean,
): Promise<IRun> {
	const workflow = buildWorkflow(file, options);
	const mode = options.mode ?? 'trigger';
	const hooks = new ExecutionLifecycleHooks(mode, executionId, {
		...file,
		id: workflow.id,
	} as never);
	hooks.addHandler('nodeExecuteAfter', (nodeName, task, stored) => {
		options.onNode?.(nodeName, task);
		if (file.settings?.saveExecutionProgress !== true) return;
		stored.resultData.lastNodeExecuted = nodeName;
		options.onStore?.(stringify(stored));
	});
	const additionalData = additionalDataFor(executionId, hooks, options.credentials);
	if (isResumed) additionalData.restartExecutionId = executionId;
	if (options.timeoutMs !== undefined) {
		additionalData.executionTimeoutTimestamp = Date.now() + options.timeoutMs;
	}
	const run = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(workflow);
	options.onStart?.(() => run.cancel());
	return await run;
}

// A new one for each part of an execution, as in n8n: the engine modifies its nodes while it runs.
function buildWorkflow(file: WorkflowFile, { credentials }: RunOptions): Workflow {
	const { name, nodes, connections, settings = {} } = structuredClone(file);
	return new Workflow({
		id: 'workbench',
		name,
		nodes: nodes.map((node) => withCredentials(node, credentials)),
		connections,
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1', ...settings },
	});
}

/** An exported workflow has no credentials: each node gets all there are. */
function withCredentials(node: INode, credentials: CredentialValues): INode {
	const chosen = Object.keys(credentials).map((type) => [type, { id: type, name: type }] as const);
	return { ...node, credentials: { ...Object.fromEntries(chosen), ...node.credentials } };
}

/** Stores a file in n8n's binary data, as an earlier node would. */
export async function storeBinary(bytes: Buffer, described: IBinaryData): Promise<IBinaryData> {
	await startServices();
	const location = { type: 'execution', workflowId: 'workbench', executionId: 'temp' } as const;
	return await Container.get(BinaryDataService).store(location, bytes, described);
}

/** The bytes of a file that a node returned. */
export async function readBinary(binary: IBinaryData): Promise<Buffer> {
	return await Container.get(BinaryDataService).getAsBuffer(binary);
}

// They must be valid, or no expression is resolved. Nothing is ever sent to them.
const baseUrls = Object.fromEntries(
	[
		...['restApiUrl', 'instanceBaseUrl', 'formBaseUrl', 'formWaitingBaseUrl', 'formTestBaseUrl'],
		...[
			'webhookBaseUrl',
			'webhookWaitingBaseUrl',
			'webhookTestBaseUrl',
			'mcpBaseUrl',
			'mcpTestBaseUrl',
		],
	].map((name) => [name, 'http://localhost:5678/']),
);

function additionalDataFor(
	executionId: string,
	hooks: ExecutionLifecycleHooks,
	credentials: CredentialValues,
): IWorkflowExecuteAdditionalData {
	const data: Partial<IWorkflowExecuteAdditionalData> & { hooks: ExecutionLifecycleHooks } = {
		...baseUrls,
		credentialsHelper: new WorkbenchCredentials(credentials),
		executionId,
		hooks,
		currentNodeExecutionIndex: 0,
		variables: {},
		setExecutionStatus() {},
		logAiEvent() {},
	};
	return data as IWorkflowExecuteAdditionalData;
}
