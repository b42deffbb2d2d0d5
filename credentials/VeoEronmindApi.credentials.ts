import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey, taskDataUrlField } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoEronmindApi implements ICredentialType {
	name = 'veoEronmindApi';

	displayName = 'Veo Eronmind API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://apidoc.poloapi.com/340080677e0';

	properties: INodeProperties[] = [
		apiKeyField,
		baseUrlField('https://newapi.eronmind.com'),
		taskDataUrlField,
		{
			displayName: 'Key Format',
			name: 'keyFormat',
			type: 'options',
			options: [
				{ name: 'Bearer', value: 'bearer', description: 'Authorization: Bearer sk-…' },
				{ name: 'Key Alone', value: 'raw', description: 'Authorization: sk-…' },
			],
			default: 'bearer',
			description:
				'How to send the API key. Eronmind accepts both; its documentation shows the key alone.',
		},
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('Eronmind');
}
