/** A JSON value with every leaf replaced by its type, so that two bodies can be compared. */
export function shapeOf(value: unknown): unknown {
	if (value === null) return 'null';
	if (Array.isArray(value)) return value.map(shapeOf);
	if (typeof value !== 'object') return typeof value;
	return Object.fromEntries(
		Object.entries(value)
			.map(([key, inner]) => [key, shapeOf(inner)] as const)
			.sort(([one], [other]) => one.localeCompare(other)),
	);
}
