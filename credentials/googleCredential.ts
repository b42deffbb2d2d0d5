import type { KeyObject } from 'node:crypto';
import { createPrivateKey, sign } from 'node:crypto';

/** The fields of a Google credential, by name. */
type Fields = Readonly<Record<string, string>>;

interface ServiceAccount {
	email: string;
	privateKey: KeyObject;
	keyId?: string;
}

/** What the fields of a Google credential mean together, or why they cannot be used. */
export type GoogleCredential =
	| {
			kind: 'usable';
			/** Who calls: a service account, or the holder of an API key. */
			caller: ServiceAccount | { apiKey: string };
			/** The fields to go on with, completed from the service account's JSON. */
			settings: Record<'baseUrl' | 'projectId' | 'region' | 'storageUrl', string>;
			/** Every form of the secrets, and what the tokens made of them look like. */
			secrets: Array<string | RegExp>;
	  }
	| { kind: 'unusable'; problem: string };

const unusable = (problem: string): GoogleCredential => ({ kind: 'unusable', problem });

/** Reads a Google credential: the service account's JSON, its email and key, or an API key. */
export function readGoogleCredential(fields: Fields): GoogleCredential {
	const read = (name: string) => (fields[name] ?? '').trim();
	const json = read('authentication') === 'apiKey' ? '' : read('serviceAccountJson');
	const account = parseAccount(json);
	if (account === undefined) {
		return unusable(
			'its Service Account JSON is not JSON. Paste the whole content of the key file',
		);
	}
	// A field is not quoted where it is wrong: the key may have been pasted into it.
	const region = read('region') || 'us-central1';
	if (!/^[a-z\d-]+$/.test(region)) return unusable('its Region is not one such as us-central1');
	const projectId = read('projectId') || account.project_id;
	if (!/^[a-z\d][a-z\d.:-]*$/i.test(projectId)) {
		return unusable(
			projectId === ''
				? 'it has no Project ID'
				: 'its Project ID is not one such as my-project-123456',
		);
	}
	const host = region === 'global' ? '' : `${region}-`;
	const baseUrl = read('baseUrl') || `https://${host}aiplatform.googleapis.com`;
	const storageUrl = read('storageUrl') || 'https://storage.googleapis.com';
	const settings = { baseUrl, projectId, region, storageUrl };
	if (read('authentication') === 'apiKey') {
		const apiKey = read('apiKey');
		if (apiKey === '') return unusable('it has no API Key');
		return { kind: 'usable', caller: { apiKey }, settings, secrets: [] };
	}
	const email = account.client_email || read('email');
	const pem = toPem(account.private_key || read('privateKey'));
	if (email === '' || pem === undefined) {
		const missing = email === '' ? 'email (client_email)' : 'private key (private_key)';
		return unusable(
			`its service account has no ${missing}. Paste the whole content of the key file`,
		);
	}
	const privateKey = readPrivateKey(pem);
	if (privateKey === undefined) {
		return unusable(
			'the private key of its service account cannot be read. Paste it again, or make a new key',
		);
	}
	const caller = { email, privateKey, keyId: account.private_key_id || undefined };
	return { kind: 'usable', caller, settings, secrets: [...formsOf(pem), token] };
}

/** The members of the JSON as texts, without it empty ones. Undefined if the text is no JSON. */
function parseAccount(json: string): Record<(typeof members)[number], string> | undefined {
	try {
		const parsed: unknown = json === '' ? {} : JSON.parse(json);
		if (typeof parsed !== 'object' || parsed === null) return undefined;
		const entries = members.map((name) => {
			const value: unknown = Reflect.get(parsed, name);
			return [name, typeof value === 'string' ? value.trim() : ''] as const;
		});
		return Object.fromEntries(entries) as Record<(typeof members)[number], string>;
	} catch {
		return undefined;
	}
}

const members = ['client_email', 'private_key', 'private_key_id', 'project_id'] as const;

/** The key with lines of its own. A field of n8n has one line: there they are "\n", spaces or nothing. */
function toPem(pasted: string): string | undefined {
	const pem = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([^-]+)-----END/.exec(pasted);
	if (pem === null) return pasted === '' ? undefined : pasted;
	const [, type = '', inside = ''] = pem;
	const lines = inside.replace(/\\[nr]|\s+/g, '').match(/.{1,64}/g) ?? [];
	return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ''].join('\n');
}

function readPrivateKey(pem: string): KeyObject | undefined {
	try {
		const key = createPrivateKey(pem);
		return key.asymmetricKeyType === 'rsa' ? key : undefined;
	} catch {
		return undefined;
	}
}

/** Each line as well: whatever stands between the lines, they are found. */
function formsOf(pem: string): string[] {
	const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
	return [pem, pem.replaceAll('\n', '\\n'), lines.join(''), ...lines.filter(isLong)];
}

// A shorter rest of a key, at its end, has too few bits to be distinguished from other text.
const isLong = (line: string) => line.length >= 16;

// More than three parts where other words with dots stand before it. The lookbehind keeps the time linear:
// a run of letters is tried from its start only.
const token = /(?<![\w-])(?=[\w-]*eyJ)[\w-]+(?:\.[\w-]+){2,}/g;

const lifetimeSeconds = 3600;

/**
 * The token of one request, signed by the service account itself: no call for a token, nothing to keep.
 * googleapis/google-auth-library-nodejs, src/auth/jwtaccess.ts
 */
export function signToken({ email, privateKey, keyId }: ServiceAccount, now = Date.now()): string {
	const iat = Math.floor(now / 1000);
	const header = { alg: 'RS256', typ: 'JWT', kid: keyId };
	const scope = 'https://www.googleapis.com/auth/cloud-platform';
	const claims = { iss: email, sub: email, scope, iat, exp: iat + lifetimeSeconds };
	const text = [header, claims]
		.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
		.join('.');
	return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}
