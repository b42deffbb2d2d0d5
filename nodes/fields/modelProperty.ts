import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import { providers } from '../providers';
import type { Provider } from '../providers/provider';
import type { ProviderOperation } from './providerOperations';

/** The field Model of one provider. */
export function modelProperty(
	{ name, operation }: ProviderOperation,
	displayOptions: IDisplayOptions,
): INodeProperties {
	const { label, takesAnyModel }: Provider = providers[name];
	const first = operation.models[0]?.id ?? '';
	const anyModel = `Choose a Veo model, whose fields are checked before anything is sent, or enter the ID of any video model at ${label}. What you set goes out under the names that most models use there; add the other fields in Extra Fields.`;
	return {
		displayName: 'Model',
		name: 'model',
		type: 'resourceLocator',
		displayOptions,
		default: { mode: 'list', value: first },
		// Models differ by provider: the editor empties the field when one of these changes, and readModel takes
		// the first one then. Not required: n8n would refuse the empty field.
		typeOptions: { loadOptionsDependsOn: ['provider', 'operation'] },
		description: takesAnyModel
			? anyModel
			: 'Choose a suggested model or enter any ID. Providers rename models often.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Default: ${first}`,
				typeOptions: { searchListMethod: 'searchModels', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${first}`,
			},
		],
	};
}
