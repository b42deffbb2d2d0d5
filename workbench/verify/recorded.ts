import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { judge } from './judge';
import type { Recording } from './recorder';

const folder = path.join(__dirname, '../../test/recorded');

/** The recordings that people sent, which `npm run verify` has written. */
export const readRecordings = (): Recording[] =>
	readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Recording);

/** When each fact of a provider was last seen as expected: YYYY-MM-DD, by fact. */
export const listSeenDates = (recordings: readonly Recording[], provider: string) =>
	new Map(
		recordings
			.filter((recording) => recording.provider === provider)
			.sort((a, b) => a.date.localeCompare(b.date))
			.flatMap((recording) =>
				judge(recording)
					.rows.filter(({ seen }) => seen === 'as expected')
					.map(({ fact }) => [fact, recording.date.slice(0, 10)] as const),
			),
	);
