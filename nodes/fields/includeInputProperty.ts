import type { INodeProperties } from 'n8n-workflow';

/** The option of all nodes that passes on what came in with an item. */
export const includeInputProperty: INodeProperties = {
	displayName: 'Include Input Fields',
	name: 'includeInput',
	type: 'boolean',
	default: false,
	description:
		"Whether to return the item's own fields and files beside the job, under their own names. A field with the name of a job's field is returned under input.",
};
