import type {
	IDisplayOptions,
	INodeParameters,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { providerNames, providers } from '../providers';

/** The labels of the providers that can cancel a job. */
const listCancelers = () =>
	providerNames
		.flatMap((name) => (providers[name].cancel ? [providers[name].label] : []))
		.join(', ');

/** What n8n shows in place of the output while a node that waits for jobs is suspended. */
export const waitingNodeTooltip =
	'Your videos are being generated. The execution is suspended, uses no worker and resumes by itself.';

/** The fields of a node that waits for jobs, beside its options. */
export const waitProperties: INodeProperties[] = [
	{
		displayName: 'Waiting',
		name: 'waiting',
		type: 'options',
		options: [
			{
				name: 'Automatic',
				value: 'automatic',
				description:
					'Suspend the execution for most of the wait and hold the worker near the end, to notice the end within seconds. In a sub-workflow, always hold.',
			},
			{
				name: 'Hold',
				value: 'hold',
				description:
					'Wait inside the running node. Notices the end soonest, but keeps a worker busy. If n8n stops during the wait, the execution crashes, and running it again buys the videos again.',
			},
			{
				name: 'Suspend',
				value: 'suspend',
				description:
					'Suspend the execution between checks. Uses no worker, but notices the end about half a minute late.',
			},
		],
		default: 'automatic',
		description:
			'How to wait. While the node holds, its worker is not available to other executions.',
	},
	{
		displayName: 'Poll Interval (Seconds)',
		name: 'pollIntervalSeconds',
		type: 'number',
		typeOptions: { minValue: 5 },
		default: 15,
		description:
			'How often to check while the node holds, more often near the expected end. While suspended, checks are rarer.',
	},
	{
		displayName: 'Timeout (Minutes)',
		name: 'timeoutMinutes',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 30,
		description:
			'When to stop waiting. A job that is still running can be polled again: its ID is always returned.',
	},
	{
		displayName: 'Download Video',
		name: 'download',
		type: 'boolean',
		default: true,
		description:
			'Whether to download the finished video as a file. Links expire, some within an hour.',
	},
];

/** What a node that waits has among its options. */
export const waitOptions: INodeProperties[] = [
	{
		displayName: 'File Name',
		name: 'fileName',
		type: 'string',
		default: '',
		placeholder: 'e.g. spring-campaign.mp4',
		description: 'The name of the video file. If empty, the job ID.',
	},
	{
		displayName: 'Include Raw Answer',
		name: 'includeRaw',
		type: 'boolean',
		default: false,
		description: "Whether to add the provider's last answer unchanged, in the field raw",
	},
	{
		displayName: 'Max Failed Checks',
		name: 'tolerance',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 5,
		description:
			'How many checks in a row may fail before the node stops waiting for a job. Checks rejected with HTTP 429 do not count.',
	},
	{
		displayName: 'Max File Size (MB)',
		name: 'maxSizeMb',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 512,
		description:
			'Larger videos are not downloaded; the link is still returned. Default 512, or 100 when n8n keeps binary data in memory.',
	},
	{
		displayName: 'On Timeout',
		name: 'onDeadline',
		type: 'options',
		options: [
			{
				name: 'Cancel',
				value: 'cancel',
				description: `Cancel the job, where the provider can: ${listCancelers()}. Elsewhere it continues. What a canceled job costs is up to the provider.`,
			},
			{
				name: 'Leave',
				value: 'leave',
				description: 'Let the job continue: it can be polled again by its ID',
			},
		],
		default: 'leave',
		description: 'What to do with a job that is still running at the timeout',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryProperty',
		type: 'string',
		default: 'video',
		hint: 'The name of the output binary field to put the file in',
		description: 'Further videos of the same job go to video_2, video_3 and so on',
	},
];

export const sortByLabel = (options: INodeProperties[]): INodeProperties[] =>
	options.sort((a, b) => a.displayName.localeCompare(b.displayName));

/**
 * The fields of a node that starts jobs, with those of waiting for them where it does that too. Without Hold:
 * a crash during it would lose the IDs of the jobs.
 */
export function withWaitProperties(
	properties: readonly INodeProperties[],
	shown: NonNullable<IDisplayOptions['show']>,
): INodeProperties[] {
	const waiting = waitProperties.map((property): INodeProperties => {
		const options = (property.options as INodePropertyOptions[] | undefined)
			?.filter(({ value }) => value !== 'hold')
			.map((choice) => ({ ...choice, ...ownChoices[String(choice.value)] }));
		return { ...property, ...(options && { options }), displayOptions: { show: shown } };
	});
	const shownFromRoot = Object.fromEntries(
		Object.entries(shown).map(([name, values]) => [`/${name}`, values]),
	);
	const options = waitOptions.map((option): INodeProperties => ({
		...option,
		displayOptions: { show: shownFromRoot },
	}));
	return properties.flatMap((property) =>
		property.name === 'options'
			? [
					...waiting,
					{
						...property,
						options: sortByLabel([...((property.options ?? []) as INodeProperties[]), ...options]),
					},
				]
			: [property],
	);
}

const ownChoices: Record<string, Partial<INodePropertyOptions>> = {
	automatic: {
		description:
			'Suspend the execution for most of the wait, in any case before the first check, and hold the worker near the end, to notice the end within seconds. Not possible in a sub-workflow.',
	},
};

const waitNames = new Set(waitProperties.map(({ name }) => name));
const waitOptionNames = new Set(waitOptions.map(({ name }) => name));

/** The saved fields of a node that starts jobs, in their order, without those of waiting for them. */
export function withoutWaitFields(fields: INodeParameters): INodeParameters {
	const without = (values: object, names: ReadonlySet<string>) =>
		Object.entries(values).filter(([name]) => !names.has(name));
	return Object.fromEntries(
		without(fields, waitNames).map(([name, value]) => {
			const isCollection = name === 'options' && typeof value === 'object' && value !== null;
			return [name, isCollection ? Object.fromEntries(without(value, waitOptionNames)) : value];
		}),
	);
}
