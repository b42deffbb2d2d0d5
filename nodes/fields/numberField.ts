import type { IExecuteFunctions } from 'n8n-workflow';

/** A field that holds a number: its name in the editor, and the values that can be used. */
export interface NumberField<Default extends number | undefined = number> {
	label: string;
	min: number;
	max: number;
	/** Used where the field holds no number above zero. Undefined where the default is not one number. */
	otherwise: Default;
}

/**
 * The number that is used for what a field holds. By expression that may be anything; where it cannot
 * be used as it is, an execution hint says what was given and what is used. An absent option is no such
 * case.
 */
export function readNumberField<Default extends number | undefined>(
	context: IExecuteFunctions,
	given: unknown,
	{ label, min, max, otherwise }: NumberField<Default>,
): number | Default {
	if (given === undefined) return otherwise;
	const hint = (message: string) =>
		context.addExecutionHints({ message: `${label} is ${described(given)}. ${message}` });
	const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) {
		hint(`It must be a number from ${min} to ${max}: ${otherwise ?? 'the default'} is used`);
		return otherwise;
	}
	const used = Math.min(max, Math.max(min, number));
	if (used !== number) hint(`It must be ${min} to ${max}: ${used} is used`);
	return used;
}

const maxShownLength = 40;

/** What a field holds, short enough for a hint. */
function described(given: unknown): string {
	if (typeof given === 'number') return String(given);
	if (typeof given === 'string') return `"${given.slice(0, maxShownLength)}"`;
	return given === null ? 'empty' : `of the type ${Array.isArray(given) ? 'list' : typeof given}`;
}
