import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

const channel = 'http.client.response.finish';

/** Logs each request of this process below the given base URLs. Headers are never logged. */
export function showRequests(baseUrls: readonly string[], say: (text: string) => void): () => void {
	const known = baseUrls.filter((url) => url !== '').map((url) => new URL(url));
	const onResponse = (message: unknown) => {
		const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
		const url = new URL(request.path, `${request.protocol}//${request.getHeader('host')}`);
		const isOurs = known.some(
			({ origin, pathname }) => url.origin === origin && url.pathname.startsWith(pathname),
		);
		if (isOurs) say(`${request.method} ${url.pathname} → ${response.statusCode}`);
	};
	subscribe(channel, onResponse);
	return () => unsubscribe(channel, onResponse);
}
