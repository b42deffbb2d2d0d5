import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import type { OperationName } from '../providers/provider';

/** The fields of the prompt, or of several prompts. Those of `create` have conditions of their own. */
export function promptProperties(
	operationName: OperationName,
	displayOptions: IDisplayOptions | undefined,
): INodeProperties[] {
	if (operationName === 'create') return createPromptProperties;
	const prompt = { ...promptProperty, ...promptTexts[operationName], displayOptions };
	return operationName === 'createExtended'
		? [prompt, { ...promptExtendProperty, displayOptions }]
		: [prompt];
}

const promptProperty: INodeProperties = {
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	placeholder: 'e.g. A paper boat sails down a rainy street, close-up, soft light',
	description: 'What the video should show',
};

/** One prompt for an item, or several with a job for each. */
const createPromptProperties: INodeProperties[] = [
	{
		displayName: 'Prompts per Item',
		name: 'prompts',
		type: 'options',
		options: [
			{ name: 'One', value: 'one', description: 'Start one job per item' },
			{
				name: 'Several',
				value: 'several',
				description: 'Start a job for each prompt of an item, such as the scenes of a story',
			},
		],
		default: 'one',
		description: 'How many jobs to start for an item',
	},
	{ ...promptProperty, displayOptions: { hide: { prompts: ['several'] } } },
	{
		...promptProperty,
		displayName: 'Prompts',
		displayOptions: { show: { prompts: ['several'] } },
		typeOptions: { rows: 6 },
		placeholder: 'e.g. A paper boat sails down a rainy street\nThe boat drifts into a river',
		description:
			'One prompt per line, or a list of texts by expression. Each is a paid job, with the same images and options. Empty lines are skipped.',
	},
];

/** Texts of the prompt of operations where it is not for the entire video. */
const promptTexts: Partial<Record<OperationName, Partial<INodeProperties>>> = {
	createExtended: {
		displayName: 'Prompt for the First 8 Seconds',
		description: 'What seconds 0 to 8 should show',
	},
	extend: { description: 'What the added seconds should show' },
	retryExtension: { description: 'What the added seconds should show' },
};

const promptExtendProperty: INodeProperties = {
	...promptProperty,
	displayName: 'Prompt for the Added Seconds',
	name: 'promptExtend',
	placeholder: 'e.g. The boat reaches a river and drifts into the sunset',
	description: 'What the added seconds should show. The prompt above is for seconds 0 to 8.',
};
