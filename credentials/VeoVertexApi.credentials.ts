import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { apiKeyField, baseUrlField, storageUrlField, testOptions } from './credentialFields';
import { readGoogleCredential, signToken } from './googleCredential';
import { belowBaseUrl, keyTest } from './keyTest';

const shownFor = (authentication: string): INodeProperties['displayOptions'] => ({
	show: { authentication: [authentication] },
});

const serviceAccountJson: INodeProperties = {
	displayName: 'Service Account JSON',
	name: 'serviceAccountJson',
	type: 'string',
	typeOptions: { password: true },
	displayOptions: shownFor('serviceAccount'),
	default: '',
	placeholder: '{ "type": "service_account", … }',
	description: 'The whole content of the key file. Leave empty to enter email and key below.',
};

export class VeoVertexApi implements ICredentialType {
	name = 'veoVertexApi';

	displayName = 'Veo Google Vertex AI API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://cloud.google.com/iam/docs/keys-create-delete';

	properties: INodeProperties[] = [
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{ name: 'Service Account', value: 'serviceAccount' },
				{ name: 'API Key', value: 'apiKey' },
			],
			default: 'serviceAccount',
			description:
				'How to sign in. The service account needs the role Vertex AI User, and Storage Object User for a bucket.',
		},
		serviceAccountJson,
		{
			displayName: 'Service Account Email',
			name: 'email',
			type: 'string',
			displayOptions: shownFor('serviceAccount'),
			default: '',
			placeholder: 'name@project.iam.gserviceaccount.com',
			description: 'Only without the JSON: its client_email',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true },
			displayOptions: shownFor('serviceAccount'),
			default: '',
			placeholder: '-----BEGIN PRIVATE KEY-----\\nMIIE…',
			description: 'Only without the JSON: its private_key, with "\\n" or line breaks',
		},
		{
			...apiKeyField,
			displayOptions: shownFor('apiKey'),
			placeholder: 'AQ.…',
			description:
				'A key that is bound to a service account. Google refuses others here, and recommends keys for testing only.',
		},
		{
			displayName: 'Project ID',
			name: 'projectId',
			type: 'string',
			default: '',
			placeholder: 'my-project-123456',
			description: 'The Google Cloud project. If empty, the project in the service account JSON.',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'string',
			default: 'us-central1',
			description: 'Where the jobs run. Google documents Veo for us-central1 only.',
		},
		{
			...baseUrlField('', 'If empty, the host of the region.'),
			required: false,
			placeholder: 'https://us-central1-aiplatform.googleapis.com',
		},
		storageUrlField,
	];

	authenticate = async (
		fields: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const texts = Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]);
		const credential = readGoogleCredential(Object.fromEntries(texts) as Record<string, string>);
		if (credential.kind === 'unusable') {
			throw new Error(`This credential cannot be used: ${credential.problem}`);
		}
		const { caller, settings } = credential;
		const key: Record<string, string> =
			'apiKey' in caller
				? { 'x-goog-api-key': caller.apiKey }
				: { Authorization: `Bearer ${signToken(caller)}` };
		const withKey = { ...request, headers: { ...request.headers, ...key } };
		if (request.baseURL === undefined) return withKey;
		const { baseUrl, projectId, region, storageUrl } = settings;
		return {
			...withKey,
			...testOptions({ 'Base URL': baseUrl, 'Storage URL': storageUrl }),
			baseURL: request.baseURL || baseUrl,
			url: request.url.replace('{projectId}', projectId).replace('{region}', region),
		};
	};

	test: ICredentialTestRequest = keyTest('Google Vertex AI', {
		request: belowBaseUrl('/v1/projects/{projectId}/locations/{region}'),
		member: 'locationId',
		key: 'API key or service account',
		keyAdvice:
			'Check that it is complete and still valid, and that the clock of the machine that runs n8n is right',
	});
}
