import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { N8nClient } from '../../workbench/n8n/client';

/** A row of the table in the examples with a queue. */
export interface VideoRow {
	id: number;
	prompt: string;
	status: string | null;
	jobId: string | null;
	videoUrl: string | null;
	usage: string | null;
	code: string | null;
}

export interface VideoTable {
	insert(rows: Array<Partial<VideoRow>>): Promise<void>;
	/** The rows whose prompt begins so. */
	rows(start: string): Promise<VideoRow[]>;
}

const csv = path.join(__dirname, '..', '..', 'examples', 'queue.csv');

/** The columns that the examples want, as the file to import has them. */
export const videoColumns = (readFileSync(csv, 'utf8').split('\n')[0] ?? '').split(',');

/** Creates the data table that the examples name, in the project of the owner. */
export async function createVideoTable(client: N8nClient): Promise<VideoTable> {
	const project = await client.send<{ id: string }>('GET', '/rest/projects/personal');
	const tables = `/rest/projects/${project.id}/data-tables`;
	const columns = videoColumns.map((name) => ({ name, type: 'string' }));
	const { id } = await client.send<{ id: string }>('POST', tables, { name: 'Videos', columns });
	return {
		insert: async (rows) => {
			await client.send('POST', `${tables}/${id}/insert`, { data: rows });
		},
		rows: async (start) => {
			const { data } = await client.send<{ data: VideoRow[] }>('GET', `${tables}/${id}/rows`);
			return data.filter(({ prompt }) => prompt.startsWith(start));
		},
	};
}
