/** Removes the secrets of a credential from everything that leaves the transport. */
export interface SecretMask {
	/** A text of a provider: long secrets, wherever they stand. */
	text(text: string): string;
	/** A text for people: short secrets too, where they stand alone. */
	message(text: string): string;
	/** Parsed JSON, changed in place: long secrets in every string and every key. */
	data<Value>(value: Value): Value;
	/** What was read from an answer, as a copy: as `data`, with its messages and status words as `message`. */
	result<Value extends object>(value: Value): Value;
	/** An answer that a person asked to see, changed in place: as `message`, except in links. */
	raw(value: unknown): unknown;
}

// 16 random letters and digits carry 95 bits: in an id or a link they are the secret, never a
// coincidence. A shorter secret may be a word ("test"), and masking it in an id would lose the job.
const minLongLength = 16;
// A stripped form that is shorter than this would hide numbers and common words.
const minStrippedLength = 4;

const stars = '***';

/** The mask for the values of a credential's password fields. */
export function createSecretMask(secrets: readonly string[]): SecretMask {
	const forms = secrets.map(formsOf);
	const inData = forms.flatMap((each) => findLong(each.filter(isLong)));
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

/**
 * A secret without a pasted "Bearer ", and what providers make of it: without the "sk-" that New API
 * strips before it looks a key up, and without the channel number that may follow it there
 * ("sk-KEY-123"). Each form is a part of the one before it.
 * QuantumNous/new-api, middleware/auth.go, TokenAuth
 */
function formsOf(secret: string): string[] {
	const key = secret.trim().replace(/^Bearer\s+/i, '');
	if (key === '') return [];
	const withoutPrefix = key.replace(/^sk-/i, '');
	const withoutChannel = withoutPrefix.replace(/[-#:@]\d{1,9}$/, '');
	const stripped = [withoutPrefix, withoutChannel];
	return [...new Set([key, ...stripped.filter(({ length }) => length >= minStrippedLength)])];
}

/** A part of a text: from the first index to before the second. */
type Range = readonly [start: number, end: number];
type Find = (text: string) => Range[];

/** Finds the last form, which is a part of all others, with what the first has around it; and its base64. */
function findLong(forms: readonly string[]): Find[] {
	const [whole, core] = [forms[0], forms.at(-1)];
	if (whole === undefined || core === undefined) return [];
	const before = whole.slice(0, whole.indexOf(core));
	const after = whole.slice(before.length + core.length);
	const encoded = base64Of(core);
	return [
		(text) =>
			indexesOf(core, text).map((index): Range => {
				const end = index + core.length;
				const start = text.startsWith(before, index - before.length)
					? index - before.length
					: index;
				return [start, text.startsWith(after, end) ? end + after.length : end];
			}),
		(text) => {
			const standard = text.replaceAll('-', '+').replaceAll('_', '/');
			return encoded.flatMap((letters) =>
				indexesOf(letters, standard).map((index): Range => [index, index + letters.length]),
			);
		},
	];
}

function findAlone(form: string): Find {
	const itself = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	const alone = new RegExp(`(?<![\\p{L}\\p{N}_-])${itself}(?![\\p{L}\\p{N}_-])`, 'gu');
	return (text) =>
		[...text.matchAll(alone)].map(({ index, 0: { length } }): Range => [index, index + length]);
}

function indexesOf(part: string, text: string): number[] {
	const indexes: number[] = [];
	for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
		indexes.push(at);
	}
	return indexes;
}

/**
 * A text as it stands inside base64. Where it begins within a group of three bytes decides on its
 * letters; those that hold bits of its neighbors are left out.
 */
function base64Of(text: string): string[] {
	return [0, 1, 2].map((offset) => {
		const bytes = Buffer.from(' '.repeat(offset) + text);
		const first = Math.ceil((offset * 8) / 6);
		return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
	});
}

/** Replaces what is found in a text as it is, or after its escapes are decoded. */
function replaceFound(text: string, finds: readonly Find[]): string {
	const findAll = (given: string) => finds.flatMap((find) => find(given));
	const decoded = decode(text);
	const inDecoded = decoded === text ? [] : findAll(decoded);
	const offsets = inDecoded.length === 0 ? [] : offsetsIn(text);
	const inSource = inDecoded.map(([start, end]): Range => [offsets[start] ?? 0, offsets[end] ?? 0]);
	let masked = '';
	let copiedTo = 0;
	for (const [start, end] of [...findAll(text), ...inSource].sort(([a], [b]) => a - b)) {
		if (start >= copiedTo) masked += text.slice(copiedTo, start) + stars;
		copiedTo = Math.max(copiedTo, end);
	}
	return masked + text.slice(copiedTo);
}

// An escape in JSON or JavaScript (also in strings inside strings), in a URL (also encoded twice) and in
// HTML. No backslash begins a search inside a run of them, or its time would grow with the square.
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

/** A text without escapes. Each becomes one character: a code beyond the basic plane is in no key. */
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

/** Where each character of the decoded text stands in the text itself, and last where that ends. */
function offsetsIn(text: string): number[] {
	const offsets: number[] = [];
	let copiedTo = 0;
	for (const { index, 0: escape } of text.matchAll(escapes)) {
		for (let at = copiedTo; at <= index; at++) offsets.push(at);
		copiedTo = index + escape.length;
	}
	for (let at = copiedTo; at <= text.length; at++) offsets.push(at);
	return offsets;
}

/** Replaces the strings and the keys of plain data in place. Without recursion: JSON may nest deeply. */
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
