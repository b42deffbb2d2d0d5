import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { RouteName } from './faults/fault';

/** A change that no document announces, in every answer of a route or of all routes until the next reset. */
export type Drift = { route?: RouteName } & (
	| { kind: 'renamedField'; field: string; to: string }
	/** Another word as the value of a field; of a field with a number, another number. */
	| { kind: 'newStatusWord'; field: string; word: string; to: string }
	/** The link, or the list of links, is one level deeper. */
	| { kind: 'movedLink'; field: string }
	| { kind: 'missingRoute' | 'otherErrors' | 'webPage' }
);

const webPage = '<!DOCTYPE html><html><title>Just a moment...</title></html>';

/** Applies drifts to the answers of a server. Files are never changed. */
export function driftAnswers(server: FastifyInstance, drifts: readonly Drift[]): void {
	server.addHook('onSend', async (request, reply, payload) => {
		const { route } = request.routeOptions.config;
		const here = drifts.filter((drift) => drift.route === undefined || drift.route === route);
		if (route === undefined || here.length === 0) return payload;
		const has = (kind: Drift['kind']) => here.some((drift) => drift.kind === kind);
		if (has('missingRoute')) reply.code(404);
		if (has('webPage')) reply.code(200).type('text/html');
		const isOtherError = reply.statusCode >= 400 && (has('missingRoute') || has('otherErrors'));
		if (has('webPage') || isOtherError) {
			if (payload instanceof Readable) payload.destroy();
			reply.removeHeader('content-length');
			if (has('webPage')) return webPage;
			reply.type('application/json');
			return JSON.stringify({ problem: { title: 'Nothing is here', status: reply.statusCode } });
		}
		const change = (text: string) => here.reduce(changeText, text);
		if (typeof payload === 'string') return change(payload);
		const isText = /json|event-stream/.test(String(reply.getHeader('content-type')));
		return payload instanceof Readable && isText
			? payload.map((chunk) => change(String(chunk)))
			: payload;
	});
}

/** JSON as it is written here: without spaces. In a stream, each chunk is one event. */
function changeText(text: string, drift: Drift): string {
	switch (drift.kind) {
		case 'renamedField':
			return text.replaceAll(`"${drift.field}":`, `"${drift.to}":`);
		case 'newStatusWord': {
			const { field, word, to } = drift;
			const value = new RegExp(`"${field}":("?)${word}("?)(?=[,}])`, 'g');
			return text.replace(value, `"${field}":$1${to}$2`);
		}
		case 'movedLink': {
			const link = new RegExp(`"${drift.field}":(\\[?"(?:http|\\[)[^,}]*)`, 'g');
			return text.replace(link, '"moved":{"link":$1}');
		}
		default:
			return text;
	}
}
