import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * The context with a function for hints. In n8n 1.113 and older the tool of an agent has none, and a hint
 * about a job that was just bought must not lose it.
 */
export function withHints(context: IExecuteFunctions): IExecuteFunctions {
	const { addExecutionHints }: Partial<IExecuteFunctions> = context;
	if (addExecutionHints !== undefined) return context;
	const copy: IExecuteFunctions = Object.create(context);
	return Object.assign(copy, { addExecutionHints: () => undefined });
}
