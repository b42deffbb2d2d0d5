import type { NoResult } from '../jobs/outcome';
import type { Answer, Call } from '../wire/call';
import type { ReadOptions } from './body';
import { parseJson, readText } from './body';
import { withoutFiles } from './embeddedFiles';
import type { Connection, Opened } from './send';
import { maxCallMs, open } from './send';
import { startTimeout } from './timeout';

/** An answer, with every secret masked. */
export interface Received {
	kind: 'received';
	answer: Answer;
	headers: Opened['headers'];
	/** Why the rest of the body is missing, if it is. */
	incomplete?: string;
}

// Four videos of 30 MB, which are 160 MB as base64, at half a megabyte per second.
const maxFilesMs = 5 * 60_000;

/** Makes one call and receives its answer. Sends nothing again and throws nothing. */
export async function receive(
	connection: Connection,
	call: Call,
	{ timeoutMs, ...reading }: Omit<ReadOptions, 'timeout'> & { timeoutMs?: number },
): Promise<Received | NoResult> {
	const { mask } = connection;
	const timeout = startTimeout(maxCallMs(call, timeoutMs));
	try {
		const opened = await open(connection, call, { timeoutMs, timeout });
		if (opened.kind !== 'opened') return mask.result(opened);
		const openedAt = performance.now();
		const { httpStatus, headers } = opened;
		const { embeddedFile } = call;
		const stream =
			embeddedFile === undefined
				? opened.body
				: withoutFiles(opened.body, embeddedFile.member, () => timeout.extend(maxFilesMs));
		const { text, incomplete } = await readText(stream, { ...reading, timeout });
		const contentType = headers['content-type'] ?? '';
		// Masked before anything is read from it or cut: a part of a secret is not recognised.
		const body = mask.data(parseJson(text));
		// The header is from before the body, which may have taken its time.
		const date = Date.parse(headers.date ?? '') + Math.round(performance.now() - openedAt);
		const answer = {
			httpStatus,
			contentType,
			body,
			headers,
			...(Number.isFinite(date) && { date }),
		};
		return { kind: 'received', answer, headers, incomplete };
	} finally {
		timeout.end();
	}
}
