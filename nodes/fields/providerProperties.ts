import type {
	IDisplayOptions,
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { providers } from '../providers';
import type { ProviderName } from '../providers';

// n8n does not save a value that is the default: with another one, saved workflows would change providers.
const defaults: readonly ProviderName[] = ['deerApi', 'newApiRemix', 'deepWl'];

/** The field Provider with the given choices. */
export function providerProperty(
	names: readonly ProviderName[],
	displayOptions?: IDisplayOptions,
): INodeProperties {
	const first = defaults.find((name) => names.includes(name)) ?? '';
	return {
		displayName: 'Provider',
		name: 'provider',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: names.map((name): INodePropertyOptions => ({
			name: providers[name].label,
			value: name,
		})),
		default: first,
		description: 'The provider that generates the video. Its credential has your API key.',
	};
}

/** Places the credential selector below the provider. Without this field, n8n puts it above. */
export const credentialPlace: INodeProperties = {
	displayName: 'Credentials',
	name: 'credentials',
	type: 'credentials',
	default: '',
	description: 'The credential of the provider above',
};

/**
 * One selector per credential type, shown when one of its providers is chosen. The slash is required:
 * the editor treats a field named here without it as a choice of authentication, and hides it in the
 * credential's dialog.
 */
export function providerCredentials(names: readonly ProviderName[]): INodeCredentialDescription[] {
	const credentials = new Set(names.map((name) => providers[name].credential));
	return [...credentials].map((credential) => ({
		name: credential,
		required: true,
		displayOptions: {
			show: { '/provider': names.filter((name) => providers[name].credential === credential) },
		},
	}));
}

/** The node's subtitle: the label of the chosen provider. */
export function providerLabelExpression(names: readonly ProviderName[]): string {
	const labels = Object.fromEntries(names.map((name) => [name, providers[name].label]));
	return `(${JSON.stringify(labels)})[$parameter["provider"]]`;
}
