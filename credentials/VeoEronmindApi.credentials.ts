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
			description: 'How the key is sent. Its page shows the key alone; the provider takes both.',
		},
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('Eronmind');
}
