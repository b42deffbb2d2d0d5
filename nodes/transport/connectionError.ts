import type { NoResult } from '../jobs/outcome';

// With these the request was certainly not sent: there was no connection yet to send it over. The same
// codes on a connection that stood ("read EHOSTUNREACH") come after it, and say nothing about the request.
//
// A failed TLS handshake is "write EPROTO": the request was queued behind it. On an established connection
// the same reasons come as ERR_SSL_… without a write (tried with Node 20 and 24), and a write can fail for
// other reasons. So both must match: the failed write and a reason that belongs to the handshake.
const neverReached: ReadonlyArray<readonly [RegExp, string, boolean]> = [
	[/\bconnect ECONNREFUSED\b/, 'the host refused the connection', false],
	[/\b(?:ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)\b/, 'the host name was not found', false],
	[/\bconnect E[A-Z]+\b/, 'the host cannot be reached', false],
	[/before secure TLS connection was established/, 'the host broke off the TLS handshake', false],
	[
		/\bwrite EPROTO\b.*(?:wrong[ _]version[ _]number|packet length too long|http request)/is,
		'the host does not speak HTTPS',
		true,
	],
	[
		/\bwrite EPROTO\b.*(?:alert (?:handshake failure|protocol version|insufficient security|inappropriate fallback|no application protocol|missing extension)|unrecognized name|unsupported protocol|no (?:protocols|ciphers) available|unsafe legacy renegotiation|key too small)/is,
		'the TLS handshake failed',
		true,
	],
	[
		/\bwrite EPROTO\b.*alert (?:bad certificate|certificate|unknown ca)|^ERR_SSL_\w+_ALERT_(?:BAD_CERT|CERT|UNKNOWN_CA)/is,
		'the host asks for a client certificate',
		true,
	],
	[
		/CERT|^ERR_TLS|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
		'the certificate of the host was not accepted',
		true,
	],
	[/^ERR_INVALID_URL$/, 'the address is not a valid URL', true],
];

/** What a connection that gave no answer says about the request: never sent, or nobody knows. */
export function readConnectionError(error: unknown, host: string): NoResult {
	const causes = causesOf(error);
	const words = causes.flatMap(({ syscall, code, message }) =>
		[code, message, [syscall, code, message].map(String).join(' ')].map(String),
	);
	for (const [pattern, text, permanent] of neverReached) {
		if (words.some((each) => pattern.test(each))) return notSent(`${text} (${host})`, permanent);
	}
	const ownWords = causes.find((cause) => /Ssrf|NodeOperation/.test(String(cause.name)));
	if (ownWords !== undefined) return notSent(String(ownWords.message), true);
	const timedOut = words.some((each) => /ECONNABORTED|ETIMEDOUT|timeout/i.test(each));
	return {
		kind: 'unknown',
		failure: {
			code: 'no_answer',
			message: timedOut ? `no answer in time (${host})` : `the connection broke off (${host})`,
			retryable: false,
		},
	};
}

/** The request was certainly not sent. `lasting` where trying again at once is no use. */
export function notSent(message: string, permanent: boolean): NoResult {
	return {
		kind: 'notAccepted',
		failure: { code: 'no_answer', message, retryable: false },
		permanent,
	};
}

interface Cause {
	code?: unknown;
	name?: unknown;
	message?: unknown;
	syscall?: unknown;
}

function causesOf(error: unknown): Cause[] {
	const causes: Cause[] = [];
	let current: unknown = error;
	while (typeof current === 'object' && current !== null && causes.length < 8) {
		causes.push(current as Cause);
		const { errors, cause } = current as { errors?: unknown; cause?: unknown };
		current = Array.isArray(errors) ? errors[0] : cause;
	}
	return causes;
}
