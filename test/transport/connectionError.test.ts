import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { connect, createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import { readConnectionError } from '../../nodes/transport/connectionError';

/** An error as Node makes it, wrapped as axios and n8n wrap it. */
function wrapped(syscall: string | undefined, code: string, message = `${syscall} ${code}`) {
	const cause = Object.assign(new Error(message), { code, syscall });
	const axios = Object.assign(new Error(message, { cause }), { code, isAxiosError: true });
	return new Error('The service refused the connection', { cause: axios });
}

/** The error of n8n up to 2.25, which has no cause: the code is in `httpCode`, and Node's message in `messages`. */
const withoutCause = (httpCode: string, message: string) =>
	Object.assign(new Error('The service refused the connection'), {
		name: 'NodeApiError',
		cause: undefined,
		httpCode,
		messages: [message, message],
	});

test.each([
	['refused', wrapped('connect', 'ECONNREFUSED'), false],
	['DNS', wrapped('getaddrinfo', 'ENOTFOUND'), false],
	['DNS for now', wrapped('getaddrinfo', 'EAI_AGAIN'), false],
	['no route', wrapped('connect', 'EHOSTUNREACH'), false],
	['no answer to the connection', wrapped('connect', 'ETIMEDOUT'), false],
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
	[
		'refused, without a cause',
		withoutCause('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:80'),
		false,
	],
	[
		'DNS, without a cause',
		withoutCause('ENOTFOUND', 'getaddrinfo ENOTFOUND api.example.com'),
		false,
	],
	[
		'a key that no header may have, without a cause',
		withoutCause('ERR_INVALID_CHAR', 'Invalid character in header content ["Authorization"]'),
		true,
	],
	[
		'an expired certificate, without a cause',
		withoutCause('CERT_HAS_EXPIRED', 'certificate has expired'),
		true,
	],
	[
		'plain HTTP where HTTPS was asked, without a cause',
		withoutCause('EPROTO', 'write EPROTO 80:error:0A00010B:SSL routines::wrong version number'),
		true,
	],
])('%s: certainly not sent', (_name, error, permanent) => {
	expect(readConnectionError(error, 'example.com')).toMatchObject({
		kind: 'notAccepted',
		permanent,
	});
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
	// What a connection that stood gives where its next bytes are no TLS.
	[
		'garbage after sending',
		wrapped(undefined, 'ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'),
	],
	['a write that failed for no known reason', wrapped('write', 'EPROTO')],
	['a bad record', wrapped('write', 'EPROTO', 'write EPROTO :SSL routines::bad record mac')],
	['a read that failed', wrapped('read', 'EPROTO', 'read EPROTO :alert handshake failure')],
	['reset after sending, without a cause', withoutCause('ECONNRESET', 'read ECONNRESET')],
	[
		'refused by a firewall after sending, without a cause',
		withoutCause('ECONNREFUSED', 'read ECONNREFUSED'),
	],
	['another code than in its message', withoutCause('ECONNRESET', 'connect ECONNREFUSED')],
	['an answer that is no HTTP', wrapped(undefined, 'HPE_INVALID_CONSTANT', 'Parse Error')],
	['cancelled', wrapped(undefined, 'ERR_CANCELED', 'canceled')],
	['no error at all', undefined],
])('%s: an unknown outcome', (_name, error) => {
	expect(readConnectionError(error, 'example.com')).toMatchObject({ kind: 'unknown' });
});

// Keys known to both sides take the place of certificates.
const psk: TlsOptions = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const pskServer: TlsOptions = { ...psk, pskCallback: () => Buffer.from('sixteen bytes 16') };

/** The error of a POST to a server, as Node gives it. */
async function postError(server: Server, options: TlsOptions = {}): Promise<unknown> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const call = request({
		host: '127.0.0.1',
		port,
		method: 'POST',
		agent: false,
		...psk,
		pskCallback: () => ({ psk: Buffer.from('sixteen bytes 16'), identity: 'me' }),
		checkServerIdentity: () => undefined,
		...options,
	});
	call.end('{}');
	const [error] = (await once(call, 'error')) as [unknown];
	server.close();
	return error;
}

const TLS_ALERT = 0x15;
const FATAL = 2;

/** Answers the first bytes with a fatal alert, as a server does that takes none of what is offered. */
const alerting = (alert: number) =>
	createServer((socket) => {
		socket.on('error', () => undefined);
		socket.once('data', () => socket.end(Buffer.from([TLS_ALERT, 3, 3, 0, 2, FATAL, alert])));
	});

/** Forwards to a TLS server; when that has got the request, plain bytes come back. */
function garbageAfterRequest(): Server {
	const inner = createTlsServer(pskServer);
	inner.listen(0, '127.0.0.1');
	return createServer((client) => {
		const { port } = inner.address() as AddressInfo;
		const upstream = connect(port, '127.0.0.1');
		client.on('error', () => undefined).on('close', () => upstream.destroy());
		upstream.on('error', () => undefined).on('data', (bytes) => client.write(bytes));
		inner.once('secureConnection', (secure) => {
			secure.once('data', () => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
			inner.close();
		});
		client.pipe(upstream);
	});
}

test.each<[string, { start(): Server; offer?: TlsOptions }]>([
	['plain HTTP', { start: () => createHttpServer((_request, response) => response.end()) }],
	[
		'no TLS at all',
		{ start: () => createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')) },
	],
	[
		'no common cipher',
		{
			start: () => createTlsServer({ ...pskServer, ciphers: 'PSK-AES128-GCM-SHA256' }),
			offer: { ciphers: 'PSK-AES256-GCM-SHA384' },
		},
	],
	['handshake failure', { start: () => alerting(40) }],
	['protocol version', { start: () => alerting(70) }],
	['insufficient security', { start: () => alerting(71) }],
	['an unknown host name', { start: () => alerting(112) }],
	[
		'an older protocol only',
		{
			start: () => createTlsServer({ ...pskServer, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
		},
	],
])('a real handshake that fails sends nothing: %s', async (_name, { start, offer }) => {
	const error = await postError(start(), offer);
	expect(error).toMatchObject({ code: 'EPROTO' });
	expect(readConnectionError(error, 'example.com')).toMatchObject({
		kind: 'notAccepted',
		permanent: true,
	});
});

test('a real connection that breaks after the request leaves the outcome unknown', async () => {
	const error = await postError(garbageAfterRequest());
	expect(error).toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
	expect(readConnectionError(error, 'example.com')).toMatchObject({ kind: 'unknown' });
});
