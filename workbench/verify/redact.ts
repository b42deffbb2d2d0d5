import { createHmac, randomBytes } from 'node:crypto';
import { createSecretMask } from '../../nodes/wire/secretMask';
import type { Exchange } from './recorder';

/** What `npm run verify` writes: every exchange, without anything that belongs to the account. */
export interface Recording {
	provider: string;
	model: string;
	/** ISO 8601. */
	date: string;
	/** Why the paid part did not come to its end. */
	problem?: string;
	exchanges: Exchange[];
}

interface Known {
	/** Keys, private keys and tokens. */
	secrets: readonly string[];
	/** Names of the account that are no secret, such as the ID of a project. */
	accounts: readonly string[];
	prompt: string;
}

const maxBodyLength = 64 * 1024;
// A text of a person or an error is shorter, and a video as base64 longer.
const maxTextLength = 4_000;

/** Replaces what belongs to the account. Ids become others of the same form, the same one everywhere. */
export function redact(recording: Recording, known: Known): Recording {
	const change = createChange(known, recording.model);
	const exchanges = recording.exchanges.map((exchange): Exchange => {
		const { url, headers, body, answer } = exchange;
		return {
			...exchange,
			url: change(url),
			headers: Object.fromEntries(
				Object.entries(headers).map(([name, value]) => [
					name,
					isKeyHeader(name) ? hideKey(value) : change(value),
				]),
			),
			...(body !== undefined && { body: changeJson(body, change) }),
			...(answer && {
				answer: {
					...answer,
					headers: changeJson(answer.headers, change) as Record<string, string>,
					body: typeof answer.body === 'string' ? changeBody(answer.body, change) : answer.body,
				},
			}),
		};
	});
	const { problem } = recording;
	return { ...recording, ...(problem !== undefined && { problem: change(problem) }), exchanges };
}

const isKeyHeader = (name: string) => name === 'authorization' || name === 'x-goog-api-key';
const hideKey = (value: string) => value.replace(/^((?:Bearer|Key)\s+)?.*$/s, '$1<key>');

type Change = (text: string, isName?: boolean) => string;

/** JSON, or a stream of events that are JSON; any other text as a whole. */
function changeBody(body: string, change: Change): string {
	const events = body.replace(/(?<=^data: )\{.*\}$/gm, (json) => changeParsed(json, change));
	const text = events === body ? changeParsed(body, change) : events;
	return text.length > maxBodyLength
		? `${text.slice(0, maxBodyLength)}<cut: ${text.length} characters>`
		: text;
}

function changeParsed(json: string, change: Change): string {
	try {
		return JSON.stringify(changeJson(JSON.parse(json), change));
	} catch {
		return change(json);
	}
}

// Who someone is, whatever its form: a name, a number.
const accountNames =
	/^(?:(?:user|account|org|organization|team|owner|customer|tenant|channel|token|client|group)(?:_?(?:id|name|no|email))?|email|phone|nickname|username)$/i;

function changeJson(value: unknown, change: Change, name = ''): unknown {
	if (Array.isArray(value)) return value.map((each) => changeJson(each, change, name));
	if (typeof value === 'object' && value !== null) {
		const entries = Object.entries(value);
		return Object.fromEntries(
			entries.map(([key, child]) => [change(key, true), changeJson(child, change, key)]),
		);
	}
	const isText = typeof value === 'string' && value !== '';
	if (!isText && typeof value !== 'number') return value;
	if (accountNames.test(name)) return isText ? 'somebody' : 1;
	if (!isText) return /(?:^|_)id$|Id$/.test(name) ? Number(change(String(value))) : value;
	if (/prompt/i.test(name)) return `<prompt: ${value.length} characters>`;
	return value.length > maxTextLength ? `<cut: ${value.length} characters>` : change(value);
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const idsInValues = new RegExp(`${uuid}|(?<![A-Za-z0-9])[A-Za-z0-9]{7,}(?![A-Za-z0-9])`, 'gi');
const idsInNames = new RegExp(`${uuid}|(?=[a-z]*\\d[a-z]*\\d)[a-z0-9]{20,}`, 'gi');
// Unix time in seconds or milliseconds, from 2001 to 2033.
const time = /^1\d{9}(?:\d{3})?$/;
const link = /https?:\/\/[^\s"'<>()\\`]+/gi;
const email = /[\w.+-]+@[\w-]+\.[\w.-]+/g;
const token = /eyJ[\w-]{8,}(?:\.[\w-]+)*/g;
const privateKey = /-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g;

function createChange({ secrets, accounts, prompt }: Known, model: string): Change {
	const salt = randomBytes(16);
	const mask = createSecretMask([...listParts(secrets), token, privateKey]);
	const isWord = (text: string) =>
		model.includes(text) || time.test(text) || (!/\d/.test(text) && text.length < 20);
	const toStandIn = (text: string) => (isWord(text) ? text : standIn(text, salt));
	return (text, isName = false) => {
		const known = accounts.reduce(
			(rest, each) =>
				rest.replaceAll(new RegExp(`(?<![\\w-])${each}(?![\\w-])`, 'g'), 'some-project'),
			mask.message(text),
		);
		const shown = known
			.replaceAll(prompt, `<prompt: ${prompt.length} characters>`)
			.replace(email, 'person@example.com')
			.replace(link, withoutSignature);
		return shown.replace(isName ? idsInNames : idsInValues, toStandIn);
	};
}

/** A link without user, password and fragment, and with none of the values of a query but plain words. */
function withoutSignature(text: string): string {
	if (!URL.canParse(text)) return '<link>';
	const url = new URL(text);
	[url.username, url.password, url.hash] = ['', '', ''];
	for (const [name, value] of [...url.searchParams]) {
		const isSigned = /sig|key|token|cred|polic|auth|secret|expire|hash|hmac|^x-|^e$|^s$/i.test(
			name,
		);
		if (isSigned || !/^[\w:./-]{0,200}$/.test(value)) url.searchParams.set(name, 'removed');
	}
	return url.href;
}

/** Another text of the same form: digits for digits, hexadecimal for hexadecimal, the case of each letter. */
function standIn(text: string, salt: Buffer): string {
	const letters = /^[0-9a-f-]+$/i.test(text) ? 'abcdef' : 'abcdefghijklmnopqrstuvwxyz';
	return text.replace(/[A-Za-z0-9]/g, (letter, index: number) => {
		const [byte = 0] = createHmac('sha256', salt).update(`${index} ${text.toLowerCase()}`).digest();
		if (/\d/.test(letter)) return String(index === 0 ? 1 + (byte % 9) : byte % 10);
		const other = letters.charAt(byte % letters.length);
		return letter < 'a' ? other.toUpperCase() : other;
	});
}

/** What a secret consists of: the halves of a pair, the parts of a token, the members of a key file. */
function listParts(secrets: readonly string[]): string[] {
	const parts = secrets.flatMap((secret) => {
		const key = secret.trim().replace(/^(?:Bearer|Key)\s+/i, '');
		if (key.startsWith('{')) {
			return [
				...key.matchAll(/"(private_key|private_key_id|client_email|client_id)"\s*:\s*"([^"]+)"/g),
			]
				.flatMap(([, , value = '']) => value)
				.flatMap((value) => listParts([value]));
		}
		const lines = key.split(/\\n|\s+/).filter((line) => line !== '' && !line.includes('-----'));
		if (key.includes('-----BEGIN'))
			return lines.filter((line) => !/^(?:RSA|PRIVATE|KEY)/.test(line));
		return [key, ...key.split(/[:.]/).filter((part) => part.length >= minPartLength)];
	});
	return [...new Set(parts)].filter((part) => part.length >= 4);
}

const minPartLength = 8;
const windowLength = 12;

const toPlain = (text: string) => text.replace(/[^a-z0-9]/gi, '').toLowerCase();

const decoders: ReadonlyArray<(text: string) => string> = [
	(text) =>
		text.replace(
			/\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi,
			(_all, u?: string, x?: string, c?: string) =>
				c === undefined
					? String.fromCharCode(parseInt(u ?? x ?? '', 16))
					: /[nrtbf]/.test(c)
						? ' '
						: c,
		),
	(text) =>
		text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
	(text) =>
		text.replace(/&#(x?)([0-9a-f]{1,6});/gi, (_all, x: string, code: string) =>
			String.fromCharCode(parseInt(code, x === '' ? 10 : 16)),
		),
	// A text in pieces: the events of a stream.
	(text) =>
		[...text.matchAll(/"(?:content|text|delta)":\s*"((?:[^"\\]|\\.)*)"/g)]
			.map(([, piece]) => piece)
			.join(''),
	...[0, 1, 2, 3].map((offset) => (text: string) => decodeRuns(text, 'base64', offset)),
	...[0, 1].map((offset) => (text: string) => decodeRuns(text, 'hex', offset)),
];

/** The readable parts of what the long runs of letters in a text encode. */
function decodeRuns(text: string, encoding: 'base64' | 'hex', offset: number): string {
	const runs = text.match(encoding === 'hex' ? /[0-9a-f]{16,}/gi : /[\w+/-]{12,}/g) ?? [];
	return runs
		.flatMap(
			(run) =>
				Buffer.from(run.slice(offset), encoding)
					.toString('latin1')
					.match(/[ -~]{6,}/g) ?? [],
		)
		.join(' ');
}

const maxDepth = 3;

/**
 * What a text still has of the secrets: any twelve letters or digits in a row of one, in any case, behind
 * up to three encodings. Knows nothing of what `redact` does. The answers do not quote the secrets.
 */
export function findLeaks(text: string, secrets: readonly string[]): string[] {
	const windows = new Map<string, number>();
	const short: string[] = [];
	for (const [index, part] of listParts(secrets).entries()) {
		const plain = toPlain(part);
		if (plain.length < minPartLength) short.push(part);
		for (
			let at = 0;
			plain.length >= minPartLength && at <= Math.max(0, plain.length - windowLength);
			at++
		) {
			windows.set(plain.slice(at, at + windowLength), index);
		}
	}
	const lengths = [...new Set([...windows.keys()].map(({ length }) => length))];
	const leaks = new Set<string>();
	let level = new Set([text]);
	for (let depth = 0; depth <= maxDepth; depth++) {
		for (const decoded of level) {
			const plain = toPlain(decoded);
			const encoded = depth === 0 ? '' : ', encoded';
			for (const length of lengths) {
				for (let at = 0; at + length <= plain.length; at++) {
					const index = windows.get(plain.slice(at, at + length));
					if (index !== undefined) leaks.add(`a part of secret ${index + 1}${encoded}`);
				}
			}
			const words = new Set(decoded.split(/[^\p{L}\p{N}_-]+/u));
			if (short.some((part) => words.has(part))) leaks.add(`a short secret${encoded}`);
			for (const [kind, pattern] of Object.entries(forbidden)) {
				if (pattern.test(decoded)) leaks.add(`${kind}${encoded}`);
			}
		}
		const next = [...level].flatMap((each) => decoders.map((decode) => decode(each)));
		level = new Set(next.filter((each) => each !== '' && !level.has(each)));
	}
	return [...leaks];
}

const forbidden = {
	'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
	'a token': /eyJ[\w-]{10,}\.[\w-]{8,}/,
	'an e-mail address':
		/(?<![\w.+-])(?!person@example\.com)[\w.+-]{2,64}@(?:[a-z\d-]{2,}\.)+[a-z]{2,}(?![\w-])/i,
	'a signed link': /[?&](?:x-\w+-)?(?:signature|sig|credential|token)=(?!removed)[\w%]/i,
};

/** The text of the file to write. Throws if anything secret is left in it. */
export function toFile(recording: Recording, secrets: readonly string[]): string {
	const text = `${JSON.stringify(recording, null, '\t')}\n`;
	const leaks = findLeaks(text, secrets);
	if (leaks.length === 0) return text;
	throw new Error(
		`No file was written: it would have ${leaks.join('; ')}. Please report this sentence, and nothing else`,
	);
}
