import type {
	ICredentialDataDecryptedObject,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { addressProblem } from './address';
import { keyTestTimeoutMs } from './keyTest';

export const apiKeyField: INodeProperties = {
	displayName: 'API Key',
	name: 'apiKey',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'sk-…',
	description: 'The API key of your account at the provider',
};

// Without a connection n8n shows only these codes: the rules of a credential test do not apply to them.
const addressHint =
	'Enter it without user name, query (?) and fragment (#). If the test shows ENOTFOUND, ECONNREFUSED or EPROTO, the host, the port or https:// is wrong. ECONNABORTED means that the provider did not answer in time.';

/** The provider's address. The default is the documented one, if there is one. */
export function baseUrlField(
	documented = '',
	what = documented === ''
		? 'The address that your provider gave you, with https://. The provider does not publish it.'
		: 'The address of the provider.',
): INodeProperties {
	return {
		displayName: 'Base URL',
		name: 'baseUrl',
		type: 'string',
		default: documented,
		required: true,
		placeholder: documented || 'https://api.example.com',
		description: `${what} ${addressHint}`,
	};
}

/** The host with the status of jobs of the chat format. */
export const taskDataUrlField: INodeProperties = {
	displayName: 'Task Data URL',
	name: 'taskDataUrl',
	type: 'string',
	default: 'https://asyncdata.net',
	description:
		'The host that has the status of jobs in the chat format. It never receives your API key. Enter it without user name, query (?) and fragment (#).',
};

/** The host of files in Google Cloud Storage. */
export const storageUrlField: INodeProperties = {
	displayName: 'Storage URL',
	name: 'storageUrl',
	type: 'string',
	default: 'https://storage.googleapis.com',
	description:
		'The host of Google Cloud Storage, for videos in a bucket. It receives your key. Enter it without user name, query (?) and fragment (#).',
};

/**
 * Adds the key to a request, without a pasted "Bearer" or spaces. Only the test of a credential has a
 * baseURL; n8n's timeout for it is 300 s and can be set nowhere else.
 */
export const sendKey = sendKeyAs('Bearer');

/** The same with another word before the key. */
export function sendKeyAs(scheme: 'Bearer' | 'Key') {
	return async (
		{ apiKey, baseUrl, uploadUrl, keyFormat }: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const key = String(apiKey)
			.trim()
			.replace(/^(?:Bearer|Key)\s+/i, '');
		const Authorization = keyFormat === 'raw' ? key : `${scheme} ${key}`;
		const withKey = { ...request, headers: { ...request.headers, Authorization } };
		if (request.baseURL === undefined) return withKey;
		const addresses = { 'Base URL': baseUrl, 'Upload URL': uploadUrl || baseUrl };
		return { ...withKey, ...testOptions(addresses) };
	};
}

/** What the test of a credential adds to its request. Throws if an address of the credential is invalid. */
export function testOptions(addresses: Readonly<Record<string, unknown>>): { timeout: number } {
	for (const [label, address] of Object.entries(addresses)) {
		const problem = addressProblem(String(address));
		if (problem !== undefined) throw new Error(`The ${label} ${problem}`);
	}
	return { timeout: keyTestTimeoutMs };
}
