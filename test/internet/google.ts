import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Service } from './internet';

/*
 * Of Google: tokens (https://developers.google.com/identity/protocols/oauth2), Sheets
 * (https://developers.google.com/workspace/sheets/api/reference/rest) and YouTube's resumable upload
 * (https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol).
 */

type Cell = string | number;

export interface Upload {
	title: string;
	privacyStatus?: string;
	bytes: Buffer;
}

export interface Google extends Service {
	/** The only spreadsheet there is, with one sheet: rows of cells, the first with the names of the columns. */
	spreadsheetId: string;
	sheetName: string;
	rows: Cell[][];
	/** Called after each change of cells. */
	onChange?: () => void;
	/** The videos that YouTube has got. */
	uploads: Upload[];
}

const uploadPath = '/upload/youtube/v3/videos';

export function createGoogle(): Google {
	const uploads: Upload[] = [];
	const openUploads = new Map<string, Upload>();
	const token = 'ya29.simulated';
	const google: Google = {
		hosts: ['oauth2.googleapis.com', 'sheets.googleapis.com', 'www.googleapis.com'],
		spreadsheetId: '1SimulatedSpreadsheetOfTheVideoQueue',
		sheetName: 'Videos',
		rows: [],
		uploads,
		addRoutes(server) {
			// n8n sends the bytes of a video with the content type of a form.
			server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
				done(null, body),
			);
			// The upload goes to a secret address and needs no token.
			server.addHook('onRequest', async ({ headers, url, method }, reply) => {
				if (url === '/token' || (method === 'PUT' && url.startsWith(uploadPath))) return;
				if (headers.authorization === `Bearer ${token}`) return;
				const error = { code: 401, message: 'Invalid credentials', status: 'UNAUTHENTICATED' };
				await reply.code(401).send({ error });
			});
			server.post('/token', async ({ body }, reply) => {
				const form = new URLSearchParams(String(body));
				const [grant, assertion, code] = ['grant_type', 'assertion', 'code'].map(
					(name) => form.get(name) ?? undefined,
				);
				const isSigned = grant?.endsWith(':jwt-bearer') && assertion?.split('.').length === 3;
				const isAllowed = grant === 'authorization_code' && code !== undefined;
				if (!isSigned && !isAllowed) return await reply.code(400).send({ error: 'invalid_grant' });
				const refreshable = isAllowed ? { refresh_token: '1//simulated' } : {};
				return { access_token: token, expires_in: 3599, token_type: 'Bearer', ...refreshable };
			});

			const properties = { sheetId: 0, title: google.sheetName, index: 0 };
			server.get<{ Params: { id: string } }>('/v4/spreadsheets/:id', async ({ params }, reply) =>
				params.id === google.spreadsheetId
					? { sheets: [{ properties }] }
					: await reply.code(404).send({ error: { code: 404, message: 'Not found' } }),
			);
			server.get<{ Params: { range: string } }>(
				'/v4/spreadsheets/:id/values/:range',
				async ({ params: { range } }) => ({ range, values: read(google, range) }),
			);
			// The colon of a method's name is doubled for the router.
			server.post('/v4/spreadsheets/:id/values::batchUpdate', async ({ body }) => {
				const { data } = body as { data: Array<{ range: string; values: Cell[][] }> };
				for (const { range, values } of data) write(google, range, values);
				google.onChange?.();
				return { spreadsheetId: google.spreadsheetId, totalUpdatedRows: data.length };
			});

			server.post(uploadPath, async ({ body }, reply) => {
				const { snippet, status } = body as {
					snippet: { title: string };
					status: { privacyStatus?: string };
				};
				const id = `upload-${openUploads.size}`;
				const { privacyStatus } = status;
				openUploads.set(id, { title: snippet.title, privacyStatus, bytes: Buffer.of() });
				const location = `https://www.googleapis.com${uploadPath}?uploadType=resumable&upload_id=${id}`;
				return await reply.header('location', location).send({});
			});
			server.put<{ Querystring: { upload_id: string }; Body: Buffer }>(
				uploadPath,
				async (request, reply) => {
					const upload = openUploads.get(request.query.upload_id);
					if (upload === undefined) return await reply.code(404).send();
					return await takeChunk(upload, uploads, request, reply);
				},
			);
		},
	};
	return google;
}

/** Adds a chunk; the last one, by its Content-Range, completes the video. */
async function takeChunk(
	upload: Upload,
	uploads: Upload[],
	{ headers, body }: FastifyRequest<{ Body: Buffer; Querystring: { upload_id: string } }>,
	reply: FastifyReply,
): Promise<object> {
	const [, from, to, total] =
		/^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
	if (Number(from) !== upload.bytes.length || Number(to) + 1 - Number(from) !== body.length) {
		return await reply.code(400).send({ error: { code: 400, message: 'Wrong Content-Range' } });
	}
	upload.bytes = Buffer.concat([upload.bytes, body]);
	if (upload.bytes.length < Number(total)) {
		return await reply.code(308).header('range', `bytes=0-${to}`).send();
	}
	uploads.push(upload);
	return { kind: 'youtube#video', id: `video-${uploads.length}` };
}

interface Area {
	firstRow: number;
	lastRow: number;
	firstColumn: number;
	lastColumn: number;
}

/** The cells of a range in A1 notation, counted from 0. */
function readRange({ sheetName }: Google, range: string): Area {
	const [sheet = '', cells = ''] = range.includes('!') ? range.split('!') : [range];
	if (sheet.replaceAll("'", '') !== sheetName) throw new Error(`There is no sheet ${sheet}`);
	const [, fromColumn = '', fromRow = '', toColumn, toRow] =
		/^([A-Z]*)(\d*)(?::([A-Z]*)(\d*))?$/.exec(cells) ?? [];
	const column = (letters: string) => letters.charCodeAt(0) - 'A'.charCodeAt(0);
	const isOneCell = toColumn === undefined && cells !== '';
	return {
		firstRow: fromRow === '' ? 0 : Number(fromRow) - 1,
		lastRow: isOneCell ? Number(fromRow) - 1 : toRow ? Number(toRow) - 1 : Infinity,
		firstColumn: fromColumn === '' ? 0 : column(fromColumn),
		lastColumn: isOneCell ? column(fromColumn) : toColumn ? column(toColumn) : 25,
	};
}

const read = (google: Google, range: string): Cell[][] => {
	const { firstRow, lastRow, firstColumn, lastColumn } = readRange(google, range);
	return google.rows
		.slice(firstRow, lastRow + 1)
		.map((row) => row.slice(firstColumn, lastColumn + 1));
};

function write(google: Google, range: string, values: Cell[][]): void {
	const { firstRow, firstColumn } = readRange(google, range);
	values.forEach((cells, down) => {
		const row = (google.rows[firstRow + down] ??= []);
		cells.forEach((cell, right) => {
			for (let at = row.length; at < firstColumn + right; at++) row[at] = '';
			row[firstColumn + right] = cell;
		});
	});
}
