import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey, taskDataUrlField } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoDeerApi implements ICredentialType {
	name = 'veoDeerApi';

	displayName = 'Veo DeerAPI API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://apidoc.deerapi.com/api/video/veo3/async/create';

	properties: INodeProperties[] = [
		apiKeyField,
		baseUrlField('https://api.deerapi.com'),
		taskDataUrlField,
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('DeerAPI');
}
