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
import { providerNames, providers } from '../providers';
import {
	credentialPlace,
	providerCredentials,
	providerLabelExpression,
	providerProperty,
} from '../fields/providerProperties';
import { includeInputProperty } from '../fields/includeInputProperty';
import { outputItems } from '../execution/results';
import { showInLastRun, resume, readWakeTime, suspendUntil } from '../execution/suspension';
import { withHints } from '../execution/toolHints';
import { jobsOfItems } from './jobsOfItems';
import { otherProviderHint } from './otherProviderHint';
import { receiveWake, wakeWebhooks } from '../execution/wake';
import { readNamedJobIds } from '../poll/callbackBody';
import { pollJobs } from '../poll/pollJobs';

/** The labels of the providers that can cancel a job. */
const listCancelers = () =>
	providerNames
		.flatMap((name) => (providers[name].cancel ? [providers[name].label] : []))
		.join(', ');

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
		waitingNodeTooltip:
			'Your videos are being generated. The execution is suspended, uses no worker and resumes by itself.',
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
			{
				displayName: 'Waiting',
				name: 'waiting',
				type: 'options',
				options: [
					{
						name: 'Automatic',
						value: 'automatic',
						description:
							'Suspend the execution for most of the wait and hold the worker near the end, to notice the end within seconds. In a sub-workflow, always hold.',
					},
					{
						name: 'Hold',
						value: 'hold',
						description:
							'Wait inside the running node. Notices the end soonest, but keeps a worker busy. If n8n stops during the wait, the execution crashes, and running it again buys the videos again.',
					},
					{
						name: 'Suspend',
						value: 'suspend',
						description:
							'Suspend the execution between checks. Uses no worker, but notices the end about half a minute late.',
					},
				],
				default: 'automatic',
				description:
					'How to wait. While the node holds, its worker is not available to other executions.',
			},
			{
				displayName: 'Poll Interval (Seconds)',
				name: 'pollIntervalSeconds',
				type: 'number',
				typeOptions: { minValue: 5 },
				default: 15,
				description:
					'How often to check while the node holds, more often near the expected end. While suspended, checks are rarer.',
			},
			{
				displayName: 'Timeout (Minutes)',
				name: 'timeoutMinutes',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 30,
				description:
					'When to stop waiting. A job that is still running can be polled again: its ID is always returned.',
			},
			{
				displayName: 'Download Video',
				name: 'download',
				type: 'boolean',
				default: true,
				description:
					'Whether to download the finished video as a file. Links expire, some within an hour.',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'File Name',
						name: 'fileName',
						type: 'string',
						default: '',
						placeholder: 'e.g. spring-campaign.mp4',
						description: 'The name of the video file. If empty, the job ID.',
					},
					includeInputProperty,
					{
						displayName: 'Include Raw Answer',
						name: 'includeRaw',
						type: 'boolean',
						default: false,
						description: "Whether to add the provider's last answer unchanged, in the field raw",
					},
					{
						displayName: 'Max Failed Checks',
						name: 'tolerance',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: 5,
						description:
							'How many checks in a row may fail before the node stops waiting for a job. Checks rejected with HTTP 429 do not count.',
					},
					{
						displayName: 'Max File Size (MB)',
						name: 'maxSizeMb',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: 512,
						description:
							'Larger videos are not downloaded; the link is still returned. Default 512, or 100 when n8n keeps binary data in memory.',
					},
					{
						displayName: 'On Timeout',
						name: 'onDeadline',
						type: 'options',
						options: [
							{
								name: 'Cancel',
								value: 'cancel',
								description: `Cancel the job, where the provider can: ${listCancelers()}. Elsewhere it continues. What a canceled job costs is up to the provider.`,
							},
							{
								name: 'Leave',
								value: 'leave',
								description: 'Let the job continue: it can be polled again by its ID',
							},
						],
						default: 'leave',
						description: 'What to do with a job that is still running at the timeout',
					},
					{
						displayName: 'Put Output File in Field',
						name: 'binaryProperty',
						type: 'string',
						default: 'video',
						hint: 'The name of the output binary field to put the file in',
						description: 'Further videos of the same job go to video_2, video_3 and so on',
					},
				],
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
		if (!Array.isArray(results)) return results;
		const output = [outputItems(context, results)];
		showInLastRun(invocation, output);
		return output;
	}
}
