import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoDeepWlApi implements ICredentialType {
	name = 'veoDeepWlApi';

	displayName = 'Veo DeepWL API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://docs.deepwl.cn/api-reference/videos/veo/unified-generation';

	properties: INodeProperties[] = [apiKeyField, baseUrlField('https://zx1.deepwl.net')];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('DeepWL');
}
