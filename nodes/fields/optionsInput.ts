import type { IDataObject } from 'n8n-workflow';
import type { OptionField, OptionFields, OptionValues } from '../providers/provider';
import type { JsonRecord } from '../wire/call';

/** Makes the error of an invalid field. */
export type ToError = (message: string, description: string) => Error;

/** The options of this provider. The editor keeps those set for another provider: they are ignored. */
export function readOptions(
	fields: OptionFields,
	given: IDataObject,
	toError: ToError,
): OptionValues<OptionFields> {
	const values: Record<string, string | number | boolean> = {};
	for (const [name, field] of Object.entries(fields)) {
		const value = given[name];
		if (value === undefined || value === null) continue;
		values[name] = readOption(field, value, toError);
	}
	return values;
}

function readOption(
	field: OptionField,
	value: unknown,
	toError: ToError,
): string | number | boolean {
	switch (field.type) {
		case 'choice': {
			const choice = field.choices.find((each) => each === value);
			if (choice !== undefined) return choice;
			throw toError(
				`${field.label} is "${String(value)}"`,
				`Use one of: ${field.choices.join(', ')}.`,
			);
		}
		case 'number': {
			const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
			if (typeof number !== 'number' || !Number.isFinite(number)) {
				throw toError(`${field.label} is "${String(value)}"`, 'It must be a number.');
			}
			if (number < (field.min ?? -Infinity) || number > (field.max ?? Infinity)) {
				throw toError(`${field.label} is ${number}`, describeRange(field.min, field.max));
			}
			return number;
		}
		case 'boolean':
			if (value === true || value === 'true') return true;
			if (value === false || value === 'false') return false;
			throw toError(`${field.label} is "${String(value)}"`, 'It must be true or false.');
		case 'text':
			return String(value).trim();
	}
}

const describeRange = (min?: number, max?: number) =>
	max === undefined ? `It must be at least ${min}.` : `It must be ${min ?? 0} to ${max}.`;

/** The fields to add to the request unchanged. */
export function readExtraFields(value: unknown, toError: ToError): JsonRecord {
	if (value === undefined || value === null || value === '') return {};
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
		return parsed as JsonRecord;
	}
	throw toError(
		'Extra Fields is not a JSON object',
		'Write it as { "field": "value" }, with double quotes.',
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
