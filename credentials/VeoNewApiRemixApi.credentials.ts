import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoNewApiRemixApi implements ICredentialType {
	name = 'veoNewApiRemixApi';

	displayName = 'Veo New API Remix API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://6l0ket291i.apifox.cn/449549907e0';

	properties: INodeProperties[] = [apiKeyField, baseUrlField()];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('New API Remix');
}
