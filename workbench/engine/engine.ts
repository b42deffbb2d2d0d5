import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
	IBinaryData,
	IConnections,
	INode,
	IRun,
	ITaskData,
	IWorkflowExecuteAdditionalData,
	IWorkflowSettings,
	WorkflowExecuteMode,
} from 'n8n-workflow';

// Read by n8n-core while it loads, so before it is imported.
process.env.N8N_ENCRYPTION_KEY ??= 'workbench-encryption-key';
process.env.N8N_USER_FOLDER ??= mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-'));
process.env.N8N_DEFAULT_BINARY_DATA_MODE ??= 'filesystem';

import { Container } from '@n8n/di';
import { BinaryDataService, ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import { createRunExecutionData, Workflow } from 'n8n-workflow';
import type { CredentialValues } from './credentials';
import { WorkbenchCredentials } from './credentials';
import { nodeTypes } from './nodeTypes';

/** A workflow as n8n exports it. */
export interface WorkflowFile {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export interface RunOptions {
	credentials: CredentialValues;
	/** Called after each run of a node. */
	onNode?(nodeName: string, task: ITaskData): void;
	mode?: WorkflowExecuteMode;
}

let executions = 0;
let binaryDataReady: Promise<void> | undefined;

/** Runs a workflow on n8n's own engine, from its trigger to its end. */
export async function runWorkflow(file: WorkflowFile, options: RunOptions): Promise<IRun> {
	binaryDataReady ??= Container.get(BinaryDataService).init();
	await binaryDataReady;
	const executionId = String(++executions);
	const { name, nodes, connections, settings = {} } = file;
	const workflow = new Workflow({
		id: 'workbench',
		name,
		nodes,
		connections,
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1', ...settings },
	});
	const start = workflow.getStartNode();
	if (start === undefined) throw new Error(`The workflow "${name}" has no trigger`);
	const mode = options.mode ?? 'trigger';
	const hooks = new ExecutionLifecycleHooks(mode, executionId, {
		id: 'workbench',
		name,
		nodes,
		connections,
		active: false,
	} as never);
	hooks.addHandler('nodeExecuteAfter', (nodeName, task) => options.onNode?.(nodeName, task));
	const data = createRunExecutionData({
		executionData: {
			nodeExecutionStack: [{ node: start, data: { main: [[{ json: {} }]] }, source: null }],
		},
	});
	const additionalData = additionalDataFor(executionId, hooks, options.credentials);
	return await new WorkflowExecute(additionalData, mode, data).processRunExecutionData(workflow);
}

/** The bytes of a file that a node gave out. */
export async function readBinary(binary: IBinaryData): Promise<Buffer> {
	return await Container.get(BinaryDataService).getAsBuffer(binary);
}

function additionalDataFor(
	executionId: string,
	hooks: ExecutionLifecycleHooks,
	credentials: CredentialValues,
): IWorkflowExecuteAdditionalData {
	// Base URLs must be valid, or no expression is resolved. Nothing is ever sent to them.
	const url = 'http://localhost:5678/';
	const data: Partial<IWorkflowExecuteAdditionalData> & { hooks: ExecutionLifecycleHooks } = {
		credentialsHelper: new WorkbenchCredentials(credentials),
		executionId,
		hooks,
		currentNodeExecutionIndex: 0,
		restApiUrl: url,
		instanceBaseUrl: url,
		formBaseUrl: url,
		formWaitingBaseUrl: url,
		formTestBaseUrl: url,
		webhookBaseUrl: url,
		webhookWaitingBaseUrl: url,
		webhookTestBaseUrl: url,
		mcpBaseUrl: url,
		mcpTestBaseUrl: url,
		variables: {},
		setExecutionStatus() {},
		logAiEvent() {},
	};
	return data as IWorkflowExecuteAdditionalData;
}
