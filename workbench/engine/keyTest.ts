import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	INode,
	INodeType,
	IWorkflowExecuteAdditionalData,
	NodeApiError,
} from 'n8n-workflow';
import { createEmptyRunExecutionData, Workflow } from 'n8n-workflow';
import { WorkbenchCredentials } from './credentials';
import { credentialTypes, nodeTypes } from './nodeTypes';
// After the engine, which sets what n8n-core reads while it loads.
import './engine';
import { ExecuteContext, RoutingNode } from 'n8n-core';

/** What n8n shows after a credential is saved. */
export interface KeyTestResult {
	status: 'OK' | 'Error';
	message: string;
}

/**
 * Tests a credential as n8n does. Its CredentialsTester is not published separately, but the RoutingNode it
 * runs is part of n8n-core; the code around it follows the original.
 * n8n 2.41.1: dist/services/credentials-tester.service.js, runRequestTest
 */
export async function testKey(
	type: string,
	data: ICredentialDataDecryptedObject,
): Promise<KeyTestResult> {
	const check = credentialTypes.get(type)?.test;
	if (check === undefined) throw new Error(`The credential type ${type} has no test`);
	const rules = check.rules ?? [];
	try {
		const response = await routingNodeFor(type, data, check.request).runNode();
		const answer: unknown = response?.[0]?.[0]?.json;
		for (const rule of rules) {
			if (rule.type !== 'responseSuccessBody') continue;
			const { key, value, message } = rule.properties;
			const found = (answer as Record<string, unknown> | null | undefined)?.[key];
			if (found === value) return { status: 'Error', message };
		}
		return { status: 'OK', message: 'Connection successful!' };
	} catch (error) {
		return { status: 'Error', message: readMessage(error as NodeApiError, rules) };
	}
}

interface Cause {
	code?: string;
	response?: { status: number; statusText: string };
}

function readMessage(
	error: NodeApiError,
	rules: ReadonlyArray<{ type: string; properties: { message: string; value: unknown } }>,
): string {
	const { code, response } = (error.cause ?? {}) as Cause;
	if (response === undefined) return code ?? error.message;
	const { status, statusText } = response;
	const rule = rules.find(
		({ type, properties }) => type === 'responseCode' && properties.value === status,
	);
	return rule?.properties.message ?? (statusText || `Received HTTP status code: ${status}`);
}

function routingNodeFor(
	type: string,
	data: ICredentialDataDecryptedObject,
	request: object,
): RoutingNode {
	const chosen = { id: type, name: type };
	const node: INode = {
		id: 'temp',
		name: 'Temp-Node',
		type: 'n8n-nodes-base.noOp',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		credentials: { [type]: chosen },
	};
	const { description } = nodeTypes.getByNameAndVersion(node.type, 1) as INodeType;
	const nodeType: INodeType = {
		description: {
			...description,
			credentials: [{ name: type, required: true }],
			properties: [
				{ displayName: 'Temp', name: 'temp', type: 'string', routing: { request }, default: '' },
			],
		},
	};
	const types = { ...nodeTypes, getByName: () => nodeType, getByNameAndVersion: () => nodeType };
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: types,
	});
	const additionalData = {
		credentialsHelper: new WorkbenchCredentials({ [type]: data }),
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;
	const context = new ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		createEmptyRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null } as never,
		[],
	);
	const decrypted: ICredentialsDecrypted = { ...chosen, type, data };
	return new RoutingNode(context, nodeType, decrypted);
}
