import type {
	ICredentialDataDecryptedObject,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { addressProblem } from './address';
import { keyTestTimeoutMs } from './keyTest';

/** What every provider asks for: the key. */
export const apiKeyField: INodeProperties = {
	displayName: 'API Key',
	name: 'apiKey',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'sk-…',
	description: 'The key from your account at the provider',
};

// Where no connection comes about n8n shows these codes and nothing else: no rule of a test can explain them.
const addressHint =
	'Enter it without user name, query (?) and fragment (#). If the test says ENOTFOUND, ECONNREFUSED or EPROTO, the host, the port or https:// is wrong. ECONNABORTED means that nothing answered in time.';

/** The provider's address: the one its document names, or one that only the user knows. */
export function baseUrlField(
	documented = '',
	what = documented === ''
		? 'The address your provider gave you, with https://. It is not on its public pages.'
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

/** Where the jobs of the chat format tell how they are, at providers that speak it. */
export const taskDataUrlField: INodeProperties = {
	displayName: 'Task Data URL',
	name: 'taskDataUrl',
	type: 'string',
	default: 'https://asyncdata.net',
	description:
		'The host of the status of jobs in the chat format, as in the links of the answers. It never gets your key. Enter it without user name, query (?) and fragment (#).',
};

/**
 * Adds the key to a request, without the spaces or the "Bearer" that it may have been pasted with. n8n gives
 * the test of a credential 300 s and has no other place to shorten them; only there is a base URL set.
 */
export async function sendKey(
	{ apiKey, baseUrl, keyFormat }: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): Promise<IHttpRequestOptions> {
	const key = String(apiKey)
		.trim()
		.replace(/^Bearer\s+/i, '');
	const Authorization = keyFormat === 'raw' ? key : `Bearer ${key}`;
	const withKey = { ...request, headers: { ...request.headers, Authorization } };
	if (request.baseURL === undefined) return withKey;
	const problem = addressProblem(String(baseUrl));
	if (problem !== undefined) throw new Error(`The Base URL ${problem}`);
	return { ...withKey, timeout: keyTestTimeoutMs };
}
