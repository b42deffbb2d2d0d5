import type { Call, Json, JsonRecord } from './call';

/** Merges the user's extra fields into the JSON of a call, or adds them to its form parts. */
export function withExtraFields(call: Call, extraFields: JsonRecord): Call {
	if (call.form !== undefined) {
		const kept = call.form.filter((part) => !Object.hasOwn(extraFields, part.field));
		const added = Object.entries(extraFields).flatMap(([field, value]) =>
			(Array.isArray(value) ? value : [value]).map((each) => ({ field, value: toText(each) })),
		);
		return { ...call, form: [...kept, ...added] };
	}
	return { ...call, json: merge(call.json ?? {}, extraFields) };
}

const toText = (value: Json | undefined) =>
	typeof value === 'string' ? value : JSON.stringify(value ?? null);

function merge(base: JsonRecord, extra: JsonRecord): JsonRecord {
	const entries = Object.entries(extra).map(([name, value]) => {
		const own = Object.hasOwn(base, name) ? base[name] : undefined;
		return [name, isJsonRecord(own) && isJsonRecord(value) ? merge(own, value) : value] as const;
	});
	return { ...base, ...Object.fromEntries(entries) };
}

function isJsonRecord(value: Json | undefined): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
