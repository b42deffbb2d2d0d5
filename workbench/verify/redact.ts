import { createHash, randomBytes } from 'node:crypto';
import type { SecretMask } from '../../nodes/wire/secretMask';
import type { Recording } from './recorder';

interface Known {
	/** Of the connection: it knows the forms of the key. */
	mask: SecretMask;
	/** The name of the account, such as the ID of a project. Empty if there is none. */
	account: string;
	prompt: string;
}

type Change = (text: string, isName?: boolean) => string;

/** Replaces what belongs to the account. Ids become others of the same form, the same one everywhere. */
export function redact(recording: Recording, { mask, account, prompt }: Known): Recording {
	const salt = randomBytes(16);
	const isWord = (text: string) =>
		recording.model.includes(text) || time.test(text) || (!/\d/.test(text) && text.length < 20);
	const itself = account.replace(/\W/g, '\\$&');
	const own = account === '' ? /(?!)/g : new RegExp(`(?<![\\w-])${itself}(?![\\w-])`, 'g');
	const change: Change = (text, isName = false) =>
		mask
			.message(text)
			.replace(own, 'some-project')
			.replaceAll(prompt, `<prompt: ${prompt.length} characters>`)
			.replace(privateKey, '***')
			.replace(token, '***')
			.replace(email, 'person@example.com')
			.replace(loginInLink, '')
			.replace(valueInQuery, 'removed')
			.replace(isName ? idsInNames : idsInValues, (id) => (isWord(id) ? id : standIn(id, salt)));
	return changeAll(recording, change) as Recording;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const idsInValues = new RegExp(`${uuid}|(?<![A-Za-z0-9])[A-Za-z0-9]{7,}(?![A-Za-z0-9])`, 'gi');
const idsInNames = new RegExp(`${uuid}|(?=[a-z]*\\d[a-z]*\\d)[a-z0-9]{20,}`, 'gi');
// Unix time in seconds or milliseconds, from 2001 to 2033.
const time = /^1\d{9}(?:\d{3})?$/;
const loginInLink = /(?<=https?:\/\/)[^\s"'<>/?#]*@/gi;
const valueInQuery = /(?<=[?&#][\w.%[\]-]+=)[^\s"'<>()\\`&#]+/g;
const email = /[\w.+-]{1,64}@[\w-]+\.[\w.-]+/g;
const token = /eyJ[\w-]{8,}(?:\.[\w-]+)*/g;
const privateKey = /-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g;

const tryOr = (text: string, attempt: (text: string) => string, otherwise: Change) => {
	try {
		return attempt(text);
	} catch {
		return otherwise(text);
	}
};

// Who someone is, whatever its form: a name, a number.
const accountNames =
	/^(?:(?:user|account|org|organization|team|owner|customer|tenant|channel|token|client|group)(?:_?(?:id|name|no|email))?|email|phone|nickname|username)$/i;
const maxBodyLength = 64 * 1024;
// A text of a person or an error is shorter, and a video as base64 longer.
const maxTextLength = 4_000;
// Of a longer list, as that of all models, the first elements stay, and those that name Veo.
const maxElements = 20;
// Answers have less than ten levels. A thousand would be more than the stack holds.
const maxDepth = 50;

/** Every text and every name of a member, also in texts that are JSON or a stream of JSON. */
function changeAll(value: unknown, change: Change, name = '', depth = 0): unknown {
	const changeChild = (child: unknown, key: string) => changeAll(child, change, key, depth + 1);
	if (depth > maxDepth) return '<cut: too deep>';
	if (Array.isArray(value)) {
		const isKept = (each: unknown, index: number) =>
			name === 'exchanges' || index < maxElements || /veo/i.test(JSON.stringify(each));
		return value.filter(isKept).map((each) => changeChild(each, name));
	}
	if (typeof value === 'object' && value !== null) {
		const entries = Object.entries(value);
		return Object.fromEntries(
			entries.map(([key, child]) => [change(key.slice(0, 100), true), changeChild(child, key)]),
		);
	}
	const isText = typeof value === 'string' && value !== '';
	if (!isText && typeof value !== 'number') return value;
	if (accountNames.test(name)) return isText ? 'somebody' : 1;
	if (!isText) return /(?:^|_)id$|Id$/.test(name) ? Number(change(String(value))) : value;
	if (/prompt/i.test(name)) return `<prompt: ${value.length} characters>`;
	const changeJson = (json: string) => {
		const parsed: unknown = JSON.parse(json);
		return typeof parsed === 'object' ? JSON.stringify(changeChild(parsed, name)) : change(json);
	};
	const cut = `<cut: ${value.length} characters>`;
	if (name !== 'body' && value.length > maxTextLength) return cut;
	// Text is cut where it is twice as long first: what is cut in half there is behind the second cut.
	const changeText = (each: string) => change(each.slice(0, 2 * maxBodyLength));
	const events = value.replace(/(?<=^data: ?)\{.*\}$/gm, (json) =>
		tryOr(json, changeJson, changeText),
	);
	const text = events === value ? tryOr(value, changeJson, changeText) : events;
	return text.length > maxBodyLength ? text.slice(0, maxBodyLength) + cut : text;
}

/** Another text of the same form: digits for digits, hexadecimal for hexadecimal, the case of each letter. */
export function standIn(text: string, salt = randomBytes(16)): string {
	const letters = /^[0-9a-f-]+$/i.test(text) ? 'abcdef' : 'abcdefghijklmnopqrstuvwxyz';
	const hash = createHash('shake256', { outputLength: text.length });
	const bytes = hash.update(salt).update(text.toLowerCase()).digest();
	return text.replace(/[A-Za-z0-9]/g, (letter, index: number) => {
		const byte = bytes[index] ?? 0;
		if (/\d/.test(letter)) return String(index === 0 ? 1 + (byte % 9) : byte % 10);
		const other = letters.charAt(byte % letters.length);
		return letter < 'a' ? other.toUpperCase() : other;
	});
}
