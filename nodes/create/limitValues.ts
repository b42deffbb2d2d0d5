import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

/** An option that limits what is spent: its name and label, and which numbers it takes. */
export interface LimitOption {
	name: string;
	label: string;
	/** What a valid value is: "a whole number from 1". */
	rule: string;
	isValid(value: number): boolean;
}

/**
 * The values of a limit over all items: one, unless an expression may give each item its own. None where it
 * is not set. An invalid value is an error: a default in its place could cost what the user wanted to prevent.
 */
export function readLimitValues(
	context: IExecuteFunctions,
	{ name, label, rule, isValid }: LimitOption,
): number[] {
	const options = context.getNode().parameters.options as IDataObject | undefined;
	const isPerItem = typeof options === 'string' || /^=/.test(String(options?.[name]));
	const count = isPerItem ? context.getInputData().length : 1;
	return Array.from({ length: count }, (_each, itemIndex) => itemIndex).flatMap((itemIndex) => {
		const { [name]: given } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		if (given === undefined) return [];
		const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
		if (typeof value === 'number' && isValid(value)) return value;
		throw new NodeOperationError(
			context.getNode(),
			`${label} is ${JSON.stringify(given)} [item ${itemIndex}]`,
			{ itemIndex, description: `It must be ${rule}. Nothing was sent.` },
		);
	});
}
