import type { Problem, Reading } from '../../nodes/wire/call';

/** The value as it travels: without members that are undefined. Bytes stay what they are. */
export function withoutUndefined(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutUndefined);
	if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, member]) => member !== undefined)
			.map(([name, member]) => [name, withoutUndefined(member)]),
	);
}

/** The value, frozen all the way down. Bytes cannot be frozen and are left as they are. */
export function frozen<Value>(value: Value): Value {
	if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
	for (const member of Object.values(value)) frozen(member);
	return Object.freeze(value);
}

/** Every name of a member, however deep. */
export function memberNames(value: unknown): string[] {
	if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
	const below = Object.values(value).flatMap(memberNames);
	return Array.isArray(value) ? below : [...Object.keys(value), ...below];
}

/** What was read from an answer, or the problem as it is. */
export function valueOrProblem<Value>(reading: Reading<Value>): Value | Problem {
	return reading.kind === 'read' ? reading.value : reading;
}

/** What was read from an answer. Throws where there is a problem instead. */
export function valueOf<Value>(reading: Reading<Value>): Value {
	if (reading.kind === 'read') return reading.value;
	throw new Error(`Nothing was read: ${JSON.stringify(reading)}`);
}
