import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { belowBaseUrl, keyTest } from './keyTest';

export class VeoKieApi implements ICredentialType {
	name = 'veoKieApi';

	displayName = 'Veo Kie.ai API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://docs.kie.ai/veo3-api/generate-veo-3-video';

	properties: INodeProperties[] = [
		apiKeyField,
		baseUrlField('https://api.kie.ai'),
		{
			displayName: 'Upload URL',
			name: 'uploadUrl',
			type: 'string',
			default: 'https://kieai.redpandaai.co',
			description:
				'The host that turns an image file into a link. It receives your API key. If empty, it is the Base URL. Enter it without user name, query (?) and fragment (#).',
		},
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('Kie.ai', {
		request: belowBaseUrl('/api/v1/chat/credit'),
	});
}
