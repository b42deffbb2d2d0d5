import type { INodeProperties } from 'n8n-workflow';
import type { Provider } from '../providers/provider';

/** The options that limit what is spent: rehearsals, and the most jobs to start. */
export const spendingProperties: INodeProperties[] = [
	{
		displayName: 'Rehearse',
		name: 'rehearse',
		type: 'boolean',
		default: true,
		description:
			'Whether to send nothing and pay nothing: the fields and images are checked, and the job can be waited for and downloaded like a real one. The item shows the request that would have been sent. No credential is needed.',
	},
	{
		displayName: 'Rehearsal Outcome',
		name: 'rehearseOutcome',
		type: 'options',
		options: [
			{ name: 'Deadline', value: 'deadline', description: 'The job never ends' },
			{
				name: 'First Segment Only',
				value: 'firstSegment',
				description: 'The first 8 seconds are there, and the extension failed',
			},
			{
				name: 'Refused Content',
				value: 'contentPolicy',
				description: 'The prompt is against the content policy',
			},
			{ name: 'Succeeded', value: 'succeeded', description: 'A small sample video is returned' },
		],
		default: 'succeeded',
		description: 'What a rehearsed job comes to, to try the other branches of the workflow',
	},
	{
		displayName: 'Maximum Jobs',
		name: 'maxJobs',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 100,
		description:
			'The most paid jobs that this node starts in one execution, loops and retries included. A run that would start more starts none. Without this option 100, or 5 as the tool of an AI agent.',
	},
	{
		displayName: 'Maximum Jobs per Day',
		name: 'maxJobsPerDay',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 100,
		description:
			'The most paid jobs that are started in a day with this credential, over all executions. A brake and no promise: each worker of n8n counts for itself, and learns of the others when an execution of an active workflow ends. Executions at once start at most this many on each worker.',
	},
];

/** The option for providers that tell the balance of an account. */
export const minBalanceProperty = ({
	unit,
	note = '',
}: NonNullable<Provider['balance']>): INodeProperties => ({
	displayName: 'Stop Below Balance',
	name: 'minBalance',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 10,
	description:
		`Ask for the balance of the account before the first job of a run, for free. With less than this, or if the balance cannot be read, no job is started. In ${unit}. ${note}`.trim(),
});
