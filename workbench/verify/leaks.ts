import type { Recording } from './recorder';

// As many letters and digits in a row are no coincidence.
const windowLength = 12;
const minLength = 8;
// A key in base64 inside JSON inside a query.
const maxEncodings = 3;

const toPlain = (text: string) => text.replace(/[^a-z0-9]/gi, '').toLowerCase();

/** The members of a Google key file that are secret, or the key with its halves. */
function listParts(secret: string): string[] {
	const members = /"(?:private_key|private_key_id|client_email|client_id)"\s*:\s*"([^"]+)"/g;
	if (secret.trim().startsWith('{'))
		return [...secret.matchAll(members)].flatMap(([, value = '']) => listParts(value));
	const key = secret.trim().replace(/^(?:Bearer|Key)\s+/i, '');
	const inside = key.replace(/-----[A-Z ]+-----|\\[nr]/g, '');
	return [inside, ...inside.split(/[:.]/).filter((half) => half.length >= minLength)];
}

const toCharacter = (code: string, radix: number) => String.fromCharCode(parseInt(code, radix));

/** The readable parts of what the long runs of letters in a text encode, from each of the first positions. */
const decodeRuns = (text: string, encoding: 'base64' | 'hex', run: RegExp, positions: number) =>
	(text.match(run) ?? [])
		.flatMap((encoded) =>
			Array.from({ length: positions }, (_, at) =>
				Buffer.from(encoded.slice(at), encoding).toString('latin1'),
			),
		)
		.flatMap((decoded) => decoded.match(/[ -~]{6,}/g) ?? [])
		.join(' ');

const decoders: ReadonlyArray<(text: string) => string> = [
	// Escapes of JSON, URLs and HTML.
	(text) =>
		text
			.replace(/(?<!\\)\\+(?:u|x)([0-9a-f]{4}|[0-9a-f]{2})/gi, (_all, hex: string) =>
				toCharacter(hex, 16),
			)
			.replace(/(?<!\\)\\+([nrtbf])?/g, (_all, blank?: string) => (blank === undefined ? '' : ' '))
			.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => toCharacter(hex, 16))
			.replace(/&#x([0-9a-f]{1,5});/gi, (_all, hex: string) => toCharacter(hex, 16))
			.replace(/&#(\d{1,6});/g, (_all, code: string) => toCharacter(code, 10)),
	// A text in pieces: the events of a stream.
	(text) =>
		[...text.matchAll(/"(?:content|text|delta)":\s*"((?:[^"\\]|\\.)*)"/g)]
			.map(([, piece]) => piece)
			.join(''),
	(text) => decodeRuns(text, 'base64', /[\w+/-]{12,}/g, 4),
	(text) => decodeRuns(text, 'hex', /[0-9a-f]{16,}/gi, 2),
];

const forbidden: Readonly<Record<string, RegExp>> = {
	'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
	'a token': /eyJ[\w-]{10,}\.[\w-]{8,}/,
	'an e-mail address':
		/(?<![\w.+-])(?!person@example\.com)[\w.+-]{2,64}@(?:[a-z\d-]{2,}\.)+[a-z]{2,}(?![\w-])/i,
	'a signed link': /[?&](?:x-\w+-)?(?:signature|sig|credential|token)=(?!removed)[\w%]/i,
};

/**
 * What a text still has of the secrets: any twelve letters or digits in a row of one, in any case, behind
 * up to three encodings. Knows nothing of what `redact` does. The answers do not quote the secrets.
 */
export function findLeaks(text: string, secrets: readonly string[]): string[] {
	const parts = secrets.flatMap(listParts);
	const long = parts.map(toPlain).filter(({ length }) => length >= minLength);
	const windows = new Set(
		long.flatMap((plain) =>
			Array.from({ length: Math.max(1, plain.length - windowLength + 1) }, (_, at) =>
				plain.slice(at, at + windowLength),
			),
		),
	);
	const lengths = new Set([...windows].map(({ length }) => length));
	const short = new Set(parts.filter((part) => part !== '' && toPlain(part).length < minLength));
	const hasWindow = (plain: string, length: number) => {
		for (let at = 0; at + length <= plain.length; at++) {
			if (windows.has(plain.slice(at, at + length))) return true;
		}
		return false;
	};
	const forms = new Set([text]);
	for (let encodings = 0; encodings < maxEncodings; encodings++) {
		for (const form of [...forms]) for (const decode of decoders) forms.add(decode(form));
	}
	const leaks = [...forms].flatMap((form) => {
		const plain = toPlain(form);
		const words = form.split(/[^\p{L}\p{N}_-]+/u);
		return [
			...([...lengths].some((length) => hasWindow(plain, length)) ? ['a part of a secret'] : []),
			...(words.some((word) => short.has(word)) ? ['a short secret'] : []),
			...Object.keys(forbidden).filter((kind) => forbidden[kind]?.test(form)),
		];
	});
	return [...new Set(leaks)];
}

/** The text of the file to write. Throws if anything secret is left in it. */
export function toFile(recording: Recording, secrets: readonly string[]): string {
	const text = `${JSON.stringify(recording, null, '\t')}\n`;
	const leaks = findLeaks(text, secrets);
	if (leaks.length === 0) return text;
	throw new Error(
		`No report was written: it would have ${leaks.join('; ')}. Please report this sentence, and nothing else`,
	);
}
