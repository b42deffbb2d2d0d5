import type { Call } from '../../wire/call';
import type { Callback, OptionField } from '../provider';

/** The address that a provider calls at the end of a job. */
export const callbackUrl = {
	type: 'text',
	label: 'Callback URL',
	description: 'A public URL that the provider calls when the job has ended',
	default: '',
	placeholder: 'https://example.com/webhook',
} as const satisfies OptionField;

/** The create with the address that the provider is to call, if there is one. */
export function withCallback(
	create: Call,
	{ place, field, endOnly }: Callback,
	url: string | undefined,
): Call {
	if (!url) return create;
	return place === 'query'
		? { ...create, query: { ...create.query, [field]: url } }
		: { ...create, json: { ...create.json, [field]: url, ...endOnly } };
}

/** Whether a create has an address to call, also one of the extra fields. */
export const hasCallback = ({ query, json }: Call, { place, field }: Callback): boolean =>
	Object.hasOwn((place === 'query' ? query : json) ?? {}, field);
