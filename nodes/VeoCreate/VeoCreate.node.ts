import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { providersWith } from '../providers';
import { operationProperties } from '../fields/operationProperties';
import { providerCredentials, providerLabelExpression } from '../fields/providerProperties';
import {
	waitingNodeTooltip,
	withoutWaitFields,
	withWaitProperties,
} from '../fields/waitProperties';
import { executeCreate } from '../create/executeCreate';
import { searchModels } from '../create/searchModels';
import { receiveWake, wakeWebhooks } from '../execution/wake';
import { readNamedJobIds } from '../poll/callbackBody';
import { createAndGet } from './createAndGet';

const providerNames = providersWith('create');

/**
 * What the node does. Not named `operation`: of a node with such a parameter, n8n writes the description for
 * agents itself, and no longer uses the one that people have written in their saved tools. The node creator
 * also lists these values as actions, because the node is in the category AI.
 */
const modeProperty: INodeProperties = {
	displayName: 'Operation',
	name: 'mode',
	type: 'options',
	noDataExpression: true,
	// An agent waits for its tools, so that its execution cannot be suspended.
	displayOptions: { hide: { '@tool': [true] } },
	options: [
		{
			name: 'Create',
			value: 'create',
			action: 'Create a video job',
			description: 'Start the jobs and return their IDs at once',
		},
		{
			name: 'Create and Get Video',
			value: 'createAndGet',
			action: 'Create and get a video',
			description:
				'Start the jobs, suspend the execution until they have ended, and return their videos. The execution must be able to suspend: n8n 1.113 or newer, and not as the tool of an agent.',
		},
	],
	default: 'create',
	description: 'What to do with the jobs that are started',
};

export class VeoCreate implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Veo Create',
		name: 'veoCreate',
		icon: { light: 'file:../icons/veo-create.svg', dark: 'file:../icons/veo-create.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: `={{ ($parameter["mode"] === "createAndGet" ? "Create and get: " : "") + ${providerLabelExpression(providerNames)} }}`,
		description:
			'Start one Veo video per item, or per prompt of an item, from text or images. Returns each jobId at once; use Veo Poll Until Done to wait for the video. Every new request costs money.',
		defaults: { name: 'Veo Create' },
		usableAsTool: true,
		waitingNodeTooltip,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: providerCredentials(providerNames),
		webhooks: wakeWebhooks,
		properties: [
			modeProperty,
			...withWaitProperties(operationProperties('create'), { mode: ['createAndGet'] }),
		],
	};

	methods = { listSearch: { searchModels } };

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return receiveWake(this, readNamedJobIds);
	}

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		const { mode, ...fields } = withoutWaitFields(this.getNode().parameters);
		return mode === 'createAndGet'
			? await createAndGet(this, response, fields)
			: await executeCreate(this, response, 'create', fields);
	}
}
