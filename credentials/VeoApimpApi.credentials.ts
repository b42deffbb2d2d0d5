import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';
import { keyTest } from './keyTest';

export class VeoApimpApi implements ICredentialType {
	name = 'veoApimpApi';

	displayName = 'Veo APIMP API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://doc.apimp.ai/en/docs';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'sk-…',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'https://api.example.com',
			description: 'The address your gateway gave you. It is not on its public pages.',
		},
		{
			displayName: 'Status Path',
			name: 'statusPath',
			type: 'string',
			default: '/api/generate/status/{id}',
			description:
				'Where the gateway tells how a job is. {id} stands for the job ID. Its public pages do not name it: change it if yours differs.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: {
				Authorization: '=Bearer {{ $credentials.apiKey.trim() }}',
			},
		},
	};

	test: ICredentialTestRequest = keyTest('APIMP');
}
