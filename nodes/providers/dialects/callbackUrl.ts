import type { OptionField } from '../provider';

/** The address that a provider calls at the end of a job. */
export const callbackUrl = {
	type: 'text',
	label: 'Callback URL',
	description: 'A public URL that the provider calls when the job has ended',
	default: '',
	placeholder: 'https://example.com/webhook',
} as const satisfies OptionField;
