import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoApimpApi implements ICredentialType {
	name = 'veoApimpApi';

	displayName = 'Veo APIMP API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://doc.apimp.ai/en/docs';

	properties: INodeProperties[] = [
		apiKeyField,
		baseUrlField(),
		{
			displayName: 'Status Path',
			name: 'statusPath',
			type: 'string',
			default: '/api/generate/status/{id}',
			description:
				'Path of the status endpoint. {id} stands for the job ID. APIMP does not publish it: change it if yours differs.',
		},
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('APIMP');
}
