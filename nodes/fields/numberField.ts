import type { IExecuteFunctions } from 'n8n-workflow';

/** A number field: its label and its valid range. */
export interface NumberField<Default extends number | undefined = number> {
	label: string;
	min: number;
	max: number;
	/** The default. Undefined if it depends on the execution. */
	otherwise: Default;
}

/**
 * The value of a field within its range, or the default if it is not a number above zero. An expression
 * can give any type. An execution hint names a value that was replaced; an absent option gives no hint.
 */
export function readNumberField<Default extends number | undefined>(
	context: IExecuteFunctions,
	given: unknown,
	{ label, min, max, otherwise }: NumberField<Default>,
): number | Default {
	if (given === undefined) return otherwise;
	const hint = (message: string) =>
		context.addExecutionHints({ message: `${label} is ${describeValue(given)}. ${message}` });
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

/** A value as it appears in a hint. */
function describeValue(given: unknown): string {
	if (typeof given === 'number') return String(given);
	if (typeof given === 'string') return `"${given.slice(0, maxShownLength)}"`;
	return given === null ? 'empty' : `of the type ${Array.isArray(given) ? 'list' : typeof given}`;
}
