import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKeyAs } from './credentialFields';
import { belowBaseUrl, keyTest } from './keyTest';

export class VeoFalApi implements ICredentialType {
	name = 'veoFalApi';

	displayName = 'Veo Fal.ai API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://fal.ai/docs/api-reference/inference-api';

	properties: INodeProperties[] = [
		{ ...apiKeyField, placeholder: 'id:secret' },
		baseUrlField('https://queue.fal.run'),
		{
			displayName: 'Upload URL',
			name: 'uploadUrl',
			type: 'string',
			default: 'https://rest.fal.ai',
			description:
				'The host that takes image files and tests the key. It receives your API key. If empty, it is the Base URL. Enter it without user name, query (?) and fragment (#).',
		},
		{
			displayName: 'Platform URL',
			name: 'platformUrl',
			type: 'string',
			default: 'https://api.fal.ai/v1',
			description:
				'The host that lists the models. It receives your API key for the option Stop Below Balance, and otherwise not. Enter it without user name, query (?) and fragment (#).',
		},
	];

	authenticate = sendKeyAs('Key');

	// Reserves a place for a file that is never sent: the queue has no call that is free and answers with 2xx.
	test: ICredentialTestRequest = keyTest('Fal.ai', {
		request: {
			...belowBaseUrl('/storage/upload/initiate', '$credentials.uploadUrl || $credentials.baseUrl'),
			method: 'POST',
			qs: { storage_type: 'fal-cdn-v3' },
			body: { content_type: 'image/png', file_name: 'test.png' },
		},
		member: 'upload_url',
	});
}
