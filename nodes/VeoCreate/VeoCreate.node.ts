import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { providersWith } from '../providers';
import { operationProperties } from '../fields/operationProperties';
import { providerCredentials, providerLabelExpression } from '../fields/providerProperties';
import { executeCreate } from '../create/executeCreate';
import { searchModels } from '../create/searchModels';

const providerNames = providersWith('create');

export class VeoCreate implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Veo Create',
		name: 'veoCreate',
		icon: { light: 'file:../icons/veo-create.svg', dark: 'file:../icons/veo-create.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: `={{ ${providerLabelExpression(providerNames)} }}`,
		description:
			'Start one Veo video per item, or per prompt of an item, from text or images. Returns each jobId at once; use Veo Poll Until Done to wait for the video. Every new request costs money.',
		defaults: { name: 'Veo Create' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: providerCredentials(providerNames),
		properties: operationProperties('create'),
	};

	methods = { listSearch: { searchModels } };

	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		return await executeCreate(this, response, 'create');
	}
}
