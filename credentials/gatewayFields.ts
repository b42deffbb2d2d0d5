import type { IAuthenticateGeneric, INodeProperties } from 'n8n-workflow';

/** What every gateway asks for: the key. */
export const apiKeyField: INodeProperties = {
	displayName: 'API Key',
	name: 'apiKey',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'sk-…',
	description: 'The key from your account at the gateway',
};

// n8n shows these codes as they are where no connection comes about.
const wrongAddress =
	'If the test says ENOTFOUND, ECONNREFUSED or ERR_INVALID_URL, this address is wrong.';

/** The gateway's address: the one its document names, or one that only the user knows. */
export function baseUrlField(documented = ''): INodeProperties {
	const isKnown = documented !== '';
	return {
		displayName: 'Base URL',
		name: 'baseUrl',
		type: 'string',
		default: documented,
		required: true,
		placeholder: isKnown ? documented : 'https://api.example.com',
		description: isKnown
			? `The address of the gateway. ${wrongAddress}`
			: `The address your gateway gave you, with https://. It is not on its public pages. ${wrongAddress}`,
	};
}

/** Where the jobs of the chat format tell how they are, at gateways that speak it. */
export const taskDataUrlField: INodeProperties = {
	displayName: 'Task Data URL',
	name: 'taskDataUrl',
	type: 'string',
	default: 'https://asyncdata.net',
	description:
		'The host that tells how a job of the chat format is, as in the links of the answers. It never gets your key.',
};

/** The key in the header, as nearly every gateway wants it. People paste it with a space or a line end. */
export const bearerKey: IAuthenticateGeneric = {
	type: 'generic',
	properties: { headers: { Authorization: '=Bearer {{ $credentials.apiKey.trim() }}' } },
};
