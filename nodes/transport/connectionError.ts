import type { NoResult } from '../jobs/outcome';
import { isTimeout } from './timeout';

// The reasons of a TLS handshake that failed. OpenSSL gives them in the message of the error only.
const noTls = /wrong[ _]version[ _]number|packet length too long|http request/i;
const noAgreement =
	/alert (?:handshake failure|protocol version|insufficient security|inappropriate fallback|no application protocol|missing extension)|unrecognized name|unsupported protocol|no (?:protocols|ciphers) available|unsafe legacy renegotiation|key too small/i;
const noClientCertificate = /alert (?:bad certificate|certificate|unknown ca)/i;

/** What an error of a call says about its request: not sent, or an unknown outcome. */
export function readConnectionError(error: unknown, host: string): NoResult {
	const causes = listCauses(error);
	for (const cause of causes) {
		const passing = findTransientReason(cause);
		if (passing !== undefined) return notSent(`${passing} (${host})`, false);
		const permanent = findPermanentReason(cause);
		if (permanent !== undefined) return notSent(`${permanent} (${host})`, true);
	}
	// n8n's protection of private addresses, and its check of the credential.
	const fromN8n = causes.find(({ name }) => /Ssrf|NodeOperation/.test(name));
	if (fromN8n !== undefined) return notSent(fromN8n.message, true);
	// axios has two codes for its timeout.
	const isLate =
		isTimeout(error) || causes.some(({ code }) => code === 'ECONNABORTED' || code === 'ETIMEDOUT');
	const message = isLate ? `no answer in time (${host})` : `the connection broke off (${host})`;
	return { kind: 'unknown', failure: { code: 'no_answer', message, retryable: false } };
}

/** The request was certainly not sent. `permanent` if an immediate retry is pointless. */
export function notSent(message: string, permanent: boolean): NoResult {
	return {
		kind: 'notAccepted',
		failure: { code: 'no_answer', message, retryable: false },
		permanent,
	};
}

/** Why there was no connection to send the request over, if an immediate retry may succeed. */
function findTransientReason({ code, syscall, message }: Cause): string | undefined {
	// With another syscall ("read EHOSTUNREACH") the same codes come from an established connection.
	if (syscall === 'connect') {
		return code === 'ECONNREFUSED'
			? 'the host refused the connection'
			: 'the host cannot be reached';
	}
	if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'the host name was not found';
	// Node gives it the code of any reset, and no syscall.
	return message.includes('before secure TLS connection was established')
		? 'the host broke off the TLS handshake'
		: undefined;
}

function findPermanentReason({ code, syscall, message }: Cause): string | undefined {
	// The request was queued behind the handshake. An established connection gives the same reasons as
	// ERR_SSL_… without a write (tried with Node 20 and 24), and a write can fail for other reasons.
	if (code === 'EPROTO' && syscall === 'write') {
		if (noTls.test(message)) return 'the host does not speak HTTPS';
		if (noAgreement.test(message)) return 'the TLS handshake failed';
		if (noClientCertificate.test(message)) return 'the host asks for a client certificate';
	}
	if (/^ERR_SSL_\w+_ALERT_(?:BAD_CERT|CERT|UNKNOWN_CA)/.test(code)) {
		return 'the host asks for a client certificate';
	}
	if (/CERT|^ERR_TLS|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/.test(code)) {
		return 'the certificate of the host was not accepted';
	}
	if (code === 'ERR_INVALID_CHAR') return 'the key has a character that no header may have';
	return code === 'ERR_INVALID_URL' ? 'the address is not a valid URL' : undefined;
}

type MemberName = keyof Cause | 'errors' | 'cause' | 'httpCode' | 'messages';
type Cause = Readonly<Record<'name' | 'code' | 'syscall' | 'message', string>>;

// n8n wraps the error of axios, which wraps that of Node. The limit ends a circle of causes.
const maxCauses = 8;

function listCauses(error: unknown): Cause[] {
	const causes: Cause[] = [];
	let current = error;
	while (typeof current === 'object' && current !== null && causes.length < maxCauses) {
		const members: Partial<Record<MemberName, unknown>> = current;
		const { name, code, syscall, message, errors, cause = restoreCause(members) } = members;
		causes.push({
			name: String(name),
			code: String(code),
			syscall: String(syscall),
			message: String(message),
		});
		current = Array.isArray(errors) ? errors[0] : cause;
	}
	return causes;
}

/**
 * The cause of n8n's error, which loses it up to n8n 2.25. The message of a system error begins with its
 * syscall and its code: "connect ECONNREFUSED …".
 */
function restoreCause({ httpCode, messages }: Partial<Record<MemberName, unknown>>) {
	if (typeof httpCode !== 'string' || !Array.isArray(messages)) return undefined;
	const message = String(messages[0]);
	const [syscall, code] = message.split(' ', 2);
	return { code: httpCode, syscall: code === httpCode ? syscall : undefined, message };
}
