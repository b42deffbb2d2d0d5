import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A host that answers as one test wants it, where the simulator is too well-behaved. */
export interface OwnHost {
	baseUrl: string;
	/** How it answers from now on. */
	answer(handle: (request: IncomingMessage, response: ServerResponse) => void): void;
	close(): Promise<void>;
}

export async function startOwnHost(): Promise<OwnHost> {
	let handle = (_request: IncomingMessage, response: ServerResponse): void => {
		response.destroy();
	};
	const server = createServer((request, response) => {
		// The whole body first, so that the answer and not a reset is seen.
		request.resume().on('end', () => handle(request, response));
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		baseUrl: `http://127.0.0.1:${port}`,
		answer(next) {
			handle = next;
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

export function sendJson(response: ServerResponse, httpStatus: number, body: unknown): void {
	response.writeHead(httpStatus, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
}
