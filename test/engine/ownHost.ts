import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server answers a request. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A host that answers as one test wants it, where the simulator is too well-behaved. */
interface StartedHost {
	baseUrl: string;
	/** How it answers from now on. */
	answer(handle: Handle): void;
	close(): Promise<void>;
}

async function startOwnHost(): Promise<StartedHost> {
	let handle: Handle = (_request, response) => {
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

export type OwnHost = Pick<StartedHost, 'baseUrl' | 'answer'>;

/** Starts one for the tests of a file. */
export function useOwnHost(): OwnHost {
	let started: StartedHost;
	beforeAll(async () => {
		started = await startOwnHost();
	});
	afterAll(async () => await started.close());
	return {
		get baseUrl() {
			return started.baseUrl;
		},
		answer: (handle) => started.answer(handle),
	};
}

/** Answers as a provider whose job has ended, with its video at the link alone. */
export function serveVideoAt(host: OwnHost, linkOf: (jobId: string) => string, send: Handle): void {
	host.answer((request, response) => {
		const { url = '' } = request;
		const [jobId = 'job-1'] = /job-\d+/.exec(url) ?? [];
		if (url.endsWith('/content')) sendJson(response, 404, {});
		else if (!url.startsWith('/v1/video')) send(request, response);
		else sendJson(response, 200, { id: jobId, status: 'completed', video_url: linkOf(jobId) });
	});
}
