import { connectionOutcome } from '../../nodes/transport/connection';

/** An error as Node makes it, wrapped as axios and n8n wrap it. */
function wrapped(syscall: string | undefined, code: string, message = `${syscall} ${code}`) {
	const cause = Object.assign(new Error(message), { code, syscall });
	const axios = Object.assign(new Error(message, { cause }), { code, isAxiosError: true });
	return new Error('The service refused the connection', { cause: axios });
}

test.each([
	['refused', wrapped('connect', 'ECONNREFUSED'), false],
	['DNS', wrapped('getaddrinfo', 'ENOTFOUND'), false],
	['DNS for now', wrapped('getaddrinfo', 'EAI_AGAIN'), false],
	['no route', wrapped('connect', 'EHOSTUNREACH'), false],
	['nobody answers the connection', wrapped('connect', 'ETIMEDOUT'), false],
	['reset while connecting', wrapped('connect', 'ECONNRESET'), false],
	[
		'broken off within the TLS handshake',
		wrapped(
			undefined,
			'ECONNRESET',
			'Client network socket disconnected before secure TLS connection was established',
		),
		false,
	],
	['an expired certificate', wrapped(undefined, 'CERT_HAS_EXPIRED'), true],
	['a certificate of its own', wrapped(undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'), true],
	['another name', wrapped(undefined, 'ERR_TLS_CERT_ALTNAME_INVALID'), true],
	[
		'plain HTTP where HTTPS was asked',
		wrapped('write', 'EPROTO', 'SSL WRONG_VERSION_NUMBER'),
		true,
	],
	['every address of a host', new AggregateError([wrapped('connect', 'ECONNREFUSED')]), false],
])('%s: certainly not sent', (_name, error, lasting) => {
	expect(connectionOutcome(error, 'example.com')).toMatchObject({ kind: 'notAccepted', lasting });
});

test.each([
	['reset after sending', wrapped('read', 'ECONNRESET')],
	['closed while sending', wrapped('write', 'EPIPE')],
	['hung up', wrapped(undefined, 'ECONNRESET', 'socket hang up')],
	['no answer in time', wrapped(undefined, 'ECONNABORTED', 'timeout of 300000ms exceeded')],
	// Linux gives the last ICMP message as the error of a connection that stood and went silent.
	['the route is gone after sending', wrapped('read', 'EHOSTUNREACH')],
	['the network is gone after sending', wrapped('read', 'ENETUNREACH')],
	['refused by a firewall after sending', wrapped('read', 'ECONNREFUSED')],
	['a TCP time-out after sending', wrapped('read', 'ETIMEDOUT')],
	['an answer that is no HTTP', wrapped(undefined, 'HPE_INVALID_CONSTANT', 'Parse Error')],
	['cancelled', wrapped(undefined, 'ERR_CANCELED', 'canceled')],
	['no error at all', undefined],
])('%s: nobody knows', (_name, error) => {
	expect(connectionOutcome(error, 'example.com')).toMatchObject({ kind: 'unknown' });
});
