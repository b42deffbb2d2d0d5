import type {
	IDisplayOptions,
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { providers } from '../providers';
import type { ProviderName } from '../providers';

/** The menu of the given providers. */
export function providerProperty(
	names: readonly ProviderName[],
	displayOptions?: IDisplayOptions,
): INodeProperties {
	const [first = ''] = names;
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
		description: 'The provider that makes the video. Its credential holds your key.',
	};
}

/** The place of the credential selector among the fields. Without it n8n puts it above the provider. */
export const credentialPlace: INodeProperties = {
	displayName: 'Credentials',
	name: 'credentials',
	type: 'credentials',
	default: '',
	description: 'The key for the provider chosen above',
};

/**
 * One selector per type of credential, shown where one of its providers is chosen. The slash is vital:
 * n8n's editor takes a field named here for a way to log in, and hides it in the credential's dialog.
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
