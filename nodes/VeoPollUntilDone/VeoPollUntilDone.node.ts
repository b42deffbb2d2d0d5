import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { providerNames } from '../providers';
import {
	credentialPlace,
	providerCredentials,
	providerLabelExpression,
	providerProperty,
} from '../fields/providerProperties';
import { includeInputProperty } from '../fields/includeInputProperty';
import {
	sortByLabel,
	waitingNodeTooltip,
	waitOptions,
	waitProperties,
} from '../fields/waitProperties';
import { endRun, readWakeTime, resume, suspendUntil } from '../execution/suspension';
import { withHints } from '../execution/toolHints';
import { jobsOfItems } from './jobsOfItems';
import { otherProviderHint } from './otherProviderHint';
import { receiveWake, wakeWebhooks } from '../execution/wake';
import { readNamedJobIds } from '../poll/callbackBody';
import { pollJobs } from '../poll/pollJobs';

export class VeoPollUntilDone implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Veo Poll Until Done',
		name: 'veoPollUntilDone',
		icon: { light: 'file:../icons/veo-poll.svg', dark: 'file:../icons/veo-poll.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: `={{ ${providerLabelExpression(providerNames)} }}`,
		description:
			'Wait until every Veo job of the items has ended, and download the videos. Returns each job in input order, with its status and its videoUrl or failure.',
		defaults: { name: 'Veo Poll Until Done' },
		usableAsTool: true,
		waitingNodeTooltip,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: providerCredentials(providerNames),
		hints: [otherProviderHint],
		webhooks: wakeWebhooks,
		properties: [
			providerProperty(providerNames),
			credentialPlace,
			{
				displayName: 'Job ID',
				name: 'jobId',
				type: 'string',
				default: '={{ $json.jobId }}',
				required: true,
				description: 'The job to wait for. Veo Create and Veo Remix Extend return it as jobId.',
			},
			...waitProperties,
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: sortByLabel([...waitOptions, includeInputProperty]),
			},
		],
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return receiveWake(this, readNamedJobIds);
	}

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		const wakeTime = readWakeTime(this);
		if (wakeTime !== undefined) return await suspendUntil(this, wakeTime);
		const invocation = resume(this, response);
		const context = withHints(this);
		const results = await pollJobs(context, invocation, jobsOfItems(context));
		return Array.isArray(results) ? endRun(context, invocation, results) : results;
	}
}
