import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { apiKeyField, baseUrlField, sendKey } from './credentialFields';
import { keyTest } from './keyTest';

export class VeoOpenAiVideosApi implements ICredentialType {
	name = 'veoOpenAiVideosApi';

	displayName = 'Veo OpenAI-Compatible API';

	icon: Icon = { light: 'file:../nodes/icons/veo.svg', dark: 'file:../nodes/icons/veo.dark.svg' };

	documentationUrl = 'https://platform.openai.com/docs/api-reference/videos';

	properties: INodeProperties[] = [
		apiKeyField,
		baseUrlField('', 'The address of your provider, with or without "/v1" at the end.'),
		{
			displayName: 'Status Path',
			name: 'statusPath',
			type: 'string',
			default: '/v1/videos/{id}',
			description: 'Path of the status endpoint. {id} stands for the job ID.',
		},
		{
			displayName: 'Content Path',
			name: 'contentPath',
			type: 'string',
			default: '/v1/videos/{id}/content',
			description:
				'Path of the file of a finished job, used if the status has no link. {id} stands for the job ID.',
		},
	];

	authenticate = sendKey;

	test: ICredentialTestRequest = keyTest('OpenAI-Compatible Gateway');
}
