import type { Call, Json, JsonRecord } from './call';

/** Adds the user's extra fields to a call: into the JSON where records meet, or as further form parts. */
export function withExtraFields(call: Call, extraFields: JsonRecord): Call {
	if (call.form !== undefined) {
		const kept = call.form.filter((part) => !Object.hasOwn(extraFields, part.field));
		const added = Object.entries(extraFields).flatMap(([field, value]) =>
			(Array.isArray(value) ? value : [value]).map((each) => ({ field, value: textOf(each) })),
		);
		return { ...call, form: [...kept, ...added] };
	}
	return { ...call, json: merged(call.json ?? {}, extraFields) };
}

const textOf = (value: Json | undefined) =>
	typeof value === 'string' ? value : JSON.stringify(value ?? null);

function merged(base: JsonRecord, extra: JsonRecord): JsonRecord {
	const entries = Object.entries(extra).map(([name, value]) => {
		const own = Object.hasOwn(base, name) ? base[name] : undefined;
		return [name, isJsonRecord(own) && isJsonRecord(value) ? merged(own, value) : value] as const;
	});
	return { ...base, ...Object.fromEntries(entries) };
}

function isJsonRecord(value: Json | undefined): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
