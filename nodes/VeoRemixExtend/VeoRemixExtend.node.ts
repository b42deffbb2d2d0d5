import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { providerNames, providersWith } from '../providers';
import type { OperationName } from '../providers/provider';
import { executeCreate } from '../create/executeCreate';
import { searchModels } from '../create/searchModels';
import { operationProperties } from '../fields/operationProperties';
import { providerCredentials, providerLabelExpression } from '../fields/providerProperties';

const operations = ['createExtended', 'extend', 'retryExtension'] as const;
const capable = providerNames.filter((name) =>
	operations.some((operation) => providersWith(operation).includes(name)),
);

const operationLabels = { createExtended: 'Create', extend: 'Extend', retryExtension: 'Retry' };
const subtitle = `={{ (${JSON.stringify(operationLabels)})[$parameter["operation"]] + ": " + ${providerLabelExpression(capable)} }}`;

const operationProperty: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Create 15-Second Video',
			value: 'createExtended',
			action: 'Create a 15 second video',
			description: 'Start one job from two prompts: seconds 0 to 8, and the 7 seconds after them',
		},
		{
			name: 'Extend',
			value: 'extend',
			action: 'Extend a finished video',
			description: 'Continue the video of a finished job in a new job',
		},
		{
			name: 'Retry Extension',
			value: 'retryExtension',
			action: 'Retry a failed extension',
			description:
				'Repeat a failed extension without paying for the first 8 seconds again. Experimental: no provider documents it.',
		},
	],
	default: 'createExtended',
};

export class VeoRemixExtend implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Veo Remix Extend',
		name: 'veoRemixExtend',
		icon: { light: 'file:../icons/veo-extend.svg', dark: 'file:../icons/veo-extend.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle,
		description:
			'Make a Veo video longer: 15 seconds from two prompts, or an extension of a finished job. Returns the jobId of the new job at once; use Veo Poll Until Done to wait for the video. Every new request costs money.',
		defaults: { name: 'Veo Remix Extend' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: providerCredentials(capable),
		properties: [
			operationProperty,
			...operationProperties('createExtended', [], { operation: ['createExtended'] }),
			...operationProperties(
				'extend',
				[
					{
						displayName: 'Job ID',
						name: 'jobId',
						type: 'string',
						default: '={{ $json.jobId }}',
						required: true,
						description: 'The finished job to extend',
					},
				],
				{ operation: ['extend'] },
			),
			...operationProperties(
				'retryExtension',
				[
					{
						displayName: 'Remix ID',
						name: 'remixId',
						type: 'string',
						default: '={{ $json.remixId }}',
						required: true,
						description: 'The field remixId of the job whose extension failed',
					},
				],
				{ operation: ['retryExtension'] },
			),
		],
	};

	methods = { listSearch: { searchModels } };

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		const operation = this.getNodeParameter('operation', 0) as OperationName;
		return await executeCreate(this, response, operation, this.getNode().parameters);
	}
}
