import type { NoResult } from '../jobs/outcome';
import { isTimeout } from './timeout';

/** An error for which the request was certainly not sent. One of its causes has all of these members. */
interface Rule {
	syscall?: string;
	code: RegExp;
	/** Only where several errors share the other members. */
	message?: RegExp;
	text: string;
	/** Whether an immediate retry is pointless. */
	permanent: boolean;
}

// "connect" fails before there is a connection. With another syscall ("read EHOSTUNREACH") the same codes
// come from an established one, and the request may have been sent.
//
// A failed TLS handshake is "write EPROTO": the request was queued behind it. OpenSSL's reason is only in
// the message. On an established connection the same reasons come as ERR_SSL_… without a write (tried with
// Node 20 and 24), and a write can fail for other reasons. So both must match.
const rules: readonly Rule[] = [
	{
		syscall: 'connect',
		code: /^ECONNREFUSED$/,
		text: 'the host refused the connection',
		permanent: false,
	},
	{
		code: /^(?:ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/,
		text: 'the host name was not found',
		permanent: false,
	},
	{ syscall: 'connect', code: /^E[A-Z]+$/, text: 'the host cannot be reached', permanent: false },
	{
		// Node gives it the code of any reset, and no syscall.
		code: /^ECONNRESET$/,
		message: /before secure TLS connection was established/,
		text: 'the host broke off the TLS handshake',
		permanent: false,
	},
	{
		syscall: 'write',
		code: /^EPROTO$/,
		message: /wrong[ _]version[ _]number|packet length too long|http request/i,
		text: 'the host does not speak HTTPS',
		permanent: true,
	},
	{
		syscall: 'write',
		code: /^EPROTO$/,
		message:
			/alert (?:handshake failure|protocol version|insufficient security|inappropriate fallback|no application protocol|missing extension)|unrecognized name|unsupported protocol|no (?:protocols|ciphers) available|unsafe legacy renegotiation|key too small/i,
		text: 'the TLS handshake failed',
		permanent: true,
	},
	{
		syscall: 'write',
		code: /^EPROTO$/,
		message: /alert (?:bad certificate|certificate|unknown ca)/i,
		text: 'the host asks for a client certificate',
		permanent: true,
	},
	{
		code: /^ERR_SSL_\w+_ALERT_(?:BAD_CERT|CERT|UNKNOWN_CA)/,
		text: 'the host asks for a client certificate',
		permanent: true,
	},
	{
		code: /CERT|^ERR_TLS|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
		text: 'the certificate of the host was not accepted',
		permanent: true,
	},
	{ code: /^ERR_INVALID_URL$/, text: 'the address is not a valid URL', permanent: true },
];

/** What an error of a call says about its request: not sent, or an unknown outcome. */
export function readConnectionError(error: unknown, host: string): NoResult {
	const causes = listCauses(error);
	const rule = rules.find((each) => causes.some((cause) => matches(each, cause)));
	if (rule !== undefined) return notSent(`${rule.text} (${host})`, rule.permanent);
	// n8n's protection of private addresses, and its check of the credential.
	const fromN8n = causes.find(({ name }) => /Ssrf|NodeOperation/.test(name));
	if (fromN8n !== undefined) return notSent(fromN8n.message, true);
	// axios has two codes for its timeout.
	const isLate =
		isTimeout(error) || causes.some(({ code }) => /^(?:ECONNABORTED|ETIMEDOUT)$/.test(code));
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

type Cause = Readonly<Record<'name' | 'code' | 'syscall' | 'message', string>>;

const matches = ({ syscall, code, message }: Rule, cause: Cause) =>
	(syscall === undefined || syscall === cause.syscall) &&
	code.test(cause.code) &&
	(message === undefined || message.test(cause.message));

// n8n wraps the error of axios, which wraps that of Node. The limit ends a circle of causes.
const maxCauses = 8;

function listCauses(error: unknown): Cause[] {
	const causes: Cause[] = [];
	let current = error;
	while (typeof current === 'object' && current !== null && causes.length < maxCauses) {
		const members: Partial<Record<keyof Cause | 'errors' | 'cause', unknown>> = current;
		const { name = '', code = '', syscall = '', message = '', errors, cause } = members;
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
