import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { belowBaseUrl, keyTest } from './keyTest';

export class VeoReplicateApi implements ICredentialType {
	name = 'veoReplicateApi';

	displayName = 'Veo Replicate API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://replicate.com/docs/reference/http#authentication';

	properties: INodeProperties[] = [
		{ ...apiKeyField, placeholder: 'r8_…' },
		baseUrlField('https://api.replicate.com/v1'),
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('Replicate', {
		request: belowBaseUrl('/v1/account'),
		member: 'username',
	});
}
