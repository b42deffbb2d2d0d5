/** Whether two values are the same JSON. A member that is undefined counts as absent. */
export function sameJson(one: unknown, other: unknown): boolean {
	if (one === other) return true;
	if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) {
		return false;
	}
	const names = new Set([...Object.keys(one), ...Object.keys(other)]);
	return [...names].every((name) => sameJson(Reflect.get(one, name), Reflect.get(other, name)));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
