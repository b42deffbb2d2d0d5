/** Replaces the secrets of a credential by `***` in everything that leaves the transport. */
export interface SecretMask {
	/** A text of a provider: long secrets, anywhere. */
	text(text: string): string;
	/** A text for people: also short secrets that are words of their own. */
	message(text: string): string;
	/** Parsed JSON, changed in place: long secrets in every string and every key. */
	data<Value>(value: Value): Value;
	/** A copy of what was read from an answer: as `data`, with messages and status words as `message`. */
	result<Value extends object>(value: Value): Value;
	/** A raw answer for an item, changed in place: as `message`, except in links. */
	raw(value: unknown): unknown;
}

// 16 random letters and digits have 95 bits: the same ones in an id or a link are the secret. A shorter
// secret may be a word ("test"), and masking it in an id would lose the job.
const minLongLength = 16;
// Masking a shorter stripped form would hide numbers and common words.
const minStrippedLength = 4;

// A key pasted with a zero-width space works, because the provider gets it without that.
// axios 1.16, lib/helpers/sanitizeHeaderValue.js
const removedByAxios = /[^\t\x20-\x7e\x80-\xff]+/g;

const stars = '***';

/**
 * The mask for the values of a credential's password fields, and for what is made of them: global patterns
 * of long texts.
 */
export function createSecretMask(secrets: ReadonlyArray<string | RegExp>): SecretMask {
	const forms = secrets
		.filter((secret) => typeof secret === 'string')
		.flatMap(listParts)
		.map(listForms);
	const longForms = forms.map((each) => each.filter(isLong));
	const cores = longForms.flatMap((each) => each.at(-1) ?? []);
	const patterns = secrets.filter((secret) => typeof secret !== 'string').map(findPattern);
	const inData = [...longForms.flatMap(findLong), findEncoded(cores), ...patterns];
	const inMessages = [...inData, ...forms.flatMap((each) => each.filter(isShort).map(findAlone))];
	const text = (given: string) => replaceFound(given, inData);
	const message = (given: string) => replaceFound(given, inMessages);
	return {
		text,
		message,
		data: (value) => replaceStrings(value, text),
		result: (value) =>
			replaceStrings(structuredClone(value), (given, name) =>
				name === 'message' || name === 'statusWord' ? message(given) : text(given),
			),
		raw: (value) =>
			replaceStrings(value, (given) =>
				/^https?:\/\/\S+$/i.test(given) ? text(given) : message(given),
			),
	};
}

const isLong = (form: string) => form.length >= minLongLength;
const isShort = (form: string) => !isLong(form);

/** A secret as it was entered and as it is sent, and the secret half of a key like fal.ai's, "id:secret". */
function listParts(secret: string): string[] {
	const sent = secret.replace(removedByAxios, '');
	const [, half = ''] = /^[^:]+:([^:]+)$/.exec(sent) ?? [];
	return [...new Set([secret, sent, ...[half].filter(isLong)])];
}

/**
 * A secret without a pasted "Bearer " or "Key ", and the forms that providers store: New API strips "sk-" and a
 * channel number ("sk-KEY-123"). Each form is a part of the one before it.
 * QuantumNous/new-api, middleware/auth.go, TokenAuth
 */
function listForms(secret: string): string[] {
	const key = secret.trim().replace(/^(?:Bearer|Key)\s+/i, '');
	if (key === '') return [];
	const withoutPrefix = key.replace(/^sk-/i, '');
	const withoutChannel = withoutPrefix.replace(/[-#:@]\d{1,9}$/, '');
	const stripped = [withoutPrefix, withoutChannel];
	return [...new Set([key, ...stripped.filter(({ length }) => length >= minStrippedLength)])];
}

/** A part of a text: from `start` to before `end`. */
type Range = readonly [start: number, end: number];
type Find = (text: string) => Range[];

/** Finds the last form, which is a part of all others, with the rest of the first around it. */
function findLong(forms: readonly string[]): Find[] {
	const [whole, core] = [forms[0], forms.at(-1)];
	if (whole === undefined || core === undefined) return [];
	const before = whole.slice(0, whole.indexOf(core));
	const after = whole.slice(before.length + core.length);
	return [
		(text) =>
			findIndexes(core, text).map((index): Range => {
				const end = index + core.length;
				const start = text.startsWith(before, index - before.length)
					? index - before.length
					: index;
				return [start, text.startsWith(after, end) ? end + after.length : end];
			}),
	];
}

/** Finds the base64 of all cores, with one copy of the text: a private key has dozens of them. */
function findEncoded(cores: readonly string[]): Find {
	const encoded = cores.flatMap(encodeBase64);
	return (text) => {
		const standard = text.replaceAll('-', '+').replaceAll('_', '/');
		return encoded.flatMap((letters) =>
			findIndexes(letters, standard).map((index): Range => [index, index + letters.length]),
		);
	};
}

function findAlone(form: string): Find {
	const itself = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	return findPattern(new RegExp(`(?<![\\p{L}\\p{N}_-])${itself}(?![\\p{L}\\p{N}_-])`, 'gu'));
}

function findPattern(pattern: RegExp): Find {
	return (text) =>
		[...text.matchAll(pattern)].map(({ index, 0: { length } }): Range => [index, index + length]);
}

function findIndexes(part: string, text: string): number[] {
	const indexes: number[] = [];
	for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
		indexes.push(at);
	}
	return indexes;
}

/**
 * The base64 of a text inside a longer text, for each position within a group of three bytes. Without the
 * first and last letters, which also contain bits of the neighbors.
 */
function encodeBase64(text: string): string[] {
	return [0, 1, 2].map((offset) => {
		const bytes = Buffer.from(' '.repeat(offset) + text);
		const first = Math.ceil((offset * 8) / 6);
		return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
	});
}

/** Masks what is found in a text, either as it is or after its escapes are decoded. */
function replaceFound(text: string, finds: readonly Find[]): string {
	const findAll = (given: string) => finds.flatMap((find) => find(given));
	const decoded = decode(text);
	const inDecoded = decoded === text ? [] : findAll(decoded);
	const offsets = inDecoded.length === 0 ? [] : listOffsets(text);
	const inSource = inDecoded.map(([start, end]): Range => [offsets[start] ?? 0, offsets[end] ?? 0]);
	let masked = '';
	let copiedTo = 0;
	for (const [start, end] of [...findAll(text), ...inSource].sort(([a], [b]) => a - b)) {
		if (start >= copiedTo) masked += text.slice(copiedTo, start) + stars;
		copiedTo = Math.max(copiedTo, end);
	}
	return masked + text.slice(copiedTo);
}

// Escapes in JSON or JavaScript (also in strings inside strings), in a URL (also encoded twice) and in HTML.
// The lookbehind keeps the time linear in a run of backslashes.
const escapes =
	/(?<!\\)\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([^\\]))|%(?:25)*([0-9a-f]{2})|&(?:amp;)*(?:#0*(\d{1,7})|#x0*([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|plus|sol|equals));/gi;
const entities: Readonly<Record<string, string>> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	plus: '+',
	sol: '/',
	equals: '=',
};

/** A text without escapes. Each becomes one UTF-16 unit: keys have no characters beyond the basic plane. */
function decode(text: string): string {
	return text.replace(
		escapes,
		(_escape, u?: string, x?: string, itself?: string, percent?: string, ...html: unknown[]) => {
			const [decimal, hex, name] = html;
			if (itself !== undefined) return itself;
			if (typeof name === 'string') return entities[name.toLowerCase()] ?? '';
			if (typeof decimal === 'string') return String.fromCharCode(Number(decimal));
			return String.fromCharCode(parseInt(u ?? x ?? percent ?? String(hex), 16));
		},
	);
}

/** The position in the text of each character of the decoded text, and of its end. */
function listOffsets(text: string): number[] {
	const offsets: number[] = [];
	let copiedTo = 0;
	for (const { index, 0: escape } of text.matchAll(escapes)) {
		for (let at = copiedTo; at <= index; at++) offsets.push(at);
		copiedTo = index + escape.length;
	}
	for (let at = copiedTo; at <= text.length; at++) offsets.push(at);
	return offsets;
}

/** Replaces the strings and the keys of plain data in place. Iterative, because JSON may be nested deeply. */
function replaceStrings<Value>(
	value: Value,
	replace: (text: string, name: string) => string,
): Value {
	const root: [Value] = [value];
	const open: object[] = [root];
	for (let record = open.pop(); record !== undefined; record = open.pop()) {
		const entries: Array<[string, unknown]> = Object.entries(record);
		for (const [name, child] of entries) {
			const replaced = typeof child === 'string' ? replace(child, name) : child;
			const newName = Array.isArray(record) ? name : replace(name, '');
			if (newName !== name) Reflect.deleteProperty(record, name);
			if (newName !== name || replaced !== child) Reflect.set(record, newName, replaced);
			if (typeof child === 'object' && child !== null) open.push(child);
		}
	}
	return root[0];
}
