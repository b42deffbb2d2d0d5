import { randomBytes } from 'node:crypto';
import type { IRun } from 'n8n-workflow';

/** A text that stands nowhere but where it was put. */
export const canary = (name: string): string =>
	`sk-canary-${name}-${randomBytes(9).toString('hex')}`;

/**
 * Every place below `value` where one of the secrets stands, in any form it may travel in. Looks into
 * everything: causes and stacks of errors, what is not enumerable, symbols, getters, what `toJSON`
 * gives, maps, sets and bytes.
 */
export function placesOf(secrets: readonly string[], value: unknown): string[] {
	const forms = secrets.flatMap(formsOf);
	const found: string[] = [];
	const seen = new Set<unknown>();
	const pending: Array<[path: string, value: unknown]> = [['', value]];
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const [path, current] = next;
		const text = textOf(current);
		if (text !== undefined) {
			if (forms.some((form) => text.includes(form))) found.push(`${path}: ${text.slice(0, 200)}`);
			continue;
		}
		if (!isTraversable(current) || seen.has(current)) continue;
		seen.add(current);
		for (const [name, child] of childrenOf(current)) {
			pending.push([`${path}/${name}`, name]);
			pending.push([`${path}/${name}`, child]);
		}
	}
	return found;
}

/** Everything an execution leaves behind: its run with all errors and hints, what n8n stored, what was logged. */
export interface Remains {
	run?: IRun | Error;
	/** The flatted texts of n8n's database. */
	stored?: readonly string[];
	logs?: readonly string[];
}

/** Fails where one of the secrets stands in what an execution leaves behind. */
export function expectNoLeak(secrets: readonly string[], remains: Remains): void {
	expect(secrets.length).toBeGreaterThan(0);
	expect(placesOf(secrets, remains)).toEqual([]);
}

/** A secret as it is, in base64 at each of its three offsets, in hex, percent-encoded and reversed. */
function formsOf(secret: string): string[] {
	const base64 = [0, 1, 2].map((offset) =>
		Buffer.from(' '.repeat(offset) + secret)
			.toString('base64')
			.slice(offset && 4, -4),
	);
	const hex = Buffer.from(secret).toString('hex');
	return [secret, ...base64, hex, encodeURIComponent(secret), [...secret].reverse().join('')];
}

function textOf(value: unknown): string | undefined {
	if (typeof value === 'string') return value;
	if (typeof value === 'symbol' || typeof value === 'bigint') return String(value);
	return ArrayBuffer.isView(value)
		? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
		: undefined;
}

const isTraversable = (value: unknown): value is object =>
	(typeof value === 'object' && value !== null) || typeof value === 'function';

function childrenOf(value: object): Array<[string, unknown]> {
	const children = ownKeysOf(value).map((key): [string, unknown] => [
		String(key),
		valueOf(() => Reflect.get(value, key) as unknown),
	]);
	if (value instanceof Map) {
		for (const [key, each] of value) children.push(['key', key], [String(key), each]);
	}
	if (value instanceof Set) children.push(['members', [...value]]);
	const { toJSON } = value as { toJSON?: unknown };
	if (typeof toJSON === 'function') {
		children.push(['toJSON', valueOf(() => JSON.stringify(value))]);
	}
	return children;
}

/** Its own keys, and the getters it inherits. */
function ownKeysOf(value: object): PropertyKey[] {
	const prototype = Object.getPrototypeOf(value) as object | null;
	const getters =
		prototype === null || prototype === Object.prototype || typeof value === 'function'
			? []
			: Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([key, { get }]) =>
					get === undefined ? [] : [key],
				);
	return [...Reflect.ownKeys(value), ...getters];
}

function valueOf(get: () => unknown): unknown {
	try {
		return get();
	} catch (error) {
		return error;
	}
}
