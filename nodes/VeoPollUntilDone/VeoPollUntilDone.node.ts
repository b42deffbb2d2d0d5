import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { providerNames } from '../providers';
import {
	credentialPlace,
	providerCredentials,
	providerLabelExpression,
	providerProperty,
} from '../fields/providerProperties';
import { outputItems } from '../execution/results';
import { showInLastRun, resume, readWakeTime, suspendUntil } from '../execution/suspension';
import { pollJobs } from './pollJobs';

export class VeoPollUntilDone implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Veo Poll Until Done',
		name: 'veoPollUntilDone',
		icon: { light: 'file:../icons/veo-poll.svg', dark: 'file:../icons/veo-poll.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: `={{ ${providerLabelExpression(providerNames)} }}`,
		description:
			'Wait until every Veo job of the items has ended, and download the videos. Gives the status, and the videoUrl or the failure, of each job in input order.',
		defaults: { name: 'Veo Poll Until Done' },
		usableAsTool: true,
		waitingNodeTooltip:
			'Your videos are being generated. The execution is suspended, uses no worker and resumes by itself.',
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: providerCredentials(providerNames),
		properties: [
			providerProperty(providerNames),
			credentialPlace,
			{
				displayName: 'Job ID',
				name: 'jobId',
				type: 'string',
				default: '={{ $json.jobId }}',
				required: true,
				description: 'The job to wait for. Veo Create and Veo Remix Extend give it as jobId.',
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
							'Suspend the execution for most of the wait and hold the worker near the end, which is noticed within seconds. A sub-workflow is held all the time.',
					},
					{
						name: 'Hold',
						value: 'hold',
						description:
							'Wait inside the running node. Notices the end soonest, but keeps a worker busy. If n8n stops meanwhile, the execution crashes, and running it again buys the videos again.',
					},
					{
						name: 'Suspend',
						value: 'suspend',
						description:
							'Suspend the execution between checks, so that no worker is busy. The end is noticed about half a minute late.',
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
					'How often to ask when a job is close to its end. Early on it is asked less often, and up to five times as often where its end is known to within seconds.',
			},
			{
				displayName: 'Timeout (Minutes)',
				name: 'timeoutMinutes',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 30,
				description:
					'When to stop waiting. A job may still be running then: its ID comes out, and can be polled again.',
			},
			{
				displayName: 'Download Video',
				name: 'download',
				type: 'boolean',
				default: true,
				description:
					'Whether to fetch the finished video as a file. Links expire, some within an hour.',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Failed Checks Tolerated',
						name: 'tolerance',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: 5,
						description:
							'How many checks in a row may fail before the waiting for a job ends. One that a provider refuses as one too many does not count.',
					},
					{
						displayName: 'File Name',
						name: 'fileName',
						type: 'string',
						default: '',
						placeholder: 'e.g. spring-campaign.mp4',
						description: 'The name of the video file. Without one it is named after the job.',
					},
					{
						displayName: 'Include Raw Answer',
						name: 'includeRaw',
						type: 'boolean',
						default: false,
						description: "Whether to add the provider's last answer as it came, in the field raw",
					},
					{
						displayName: 'Maximum File Size (MB)',
						name: 'maxSizeMb',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: 512,
						description:
							'A larger video is not downloaded. Its link comes out all the same. Without this option 512, or 100 where n8n keeps files in memory.',
					},
					{
						displayName: 'Put Output File in Field',
						name: 'binaryProperty',
						type: 'string',
						default: 'video',
						hint: 'The name of the output binary field to put the file in',
					},
				],
			},
		],
	};

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		const wakeTime = readWakeTime(this);
		if (wakeTime !== undefined) return await suspendUntil(this, wakeTime);
		const invocation = resume(this, response);
		const results = await pollJobs(this, invocation);
		if (!Array.isArray(results)) return results;
		const output = [outputItems(this, results)];
		showInLastRun(invocation, output);
		return output;
	}
}
