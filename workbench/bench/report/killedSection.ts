import type { KilledResult, KilledRow } from '../parts/killed';
import { labelOf } from './results';
import { counted, list, table } from './table';

export function peaceTable({ peace }: KilledResult): string {
	return table(
		['in peace', 'worker-seconds per job', 'checks per job', 'noticed after, mean s', 'videos'],
		peace.map((row) => [
			labelOf(row.contestant),
			row.heldSecondsPerJob,
			row.checksPerJob,
			row.lateMeanSeconds,
			`${row.delivered} of ${row.bought}`,
		]),
	);
}

export function killedTable({ killed, retried }: KilledResult): string {
	return table(
		[
			'after the power cut',
			'videos',
			'lost',
			'executions ended',
			'still lost after Retry',
			'bought twice by Retry',
		],
		killed.map((row) => {
			const after = retried.find(({ contestant }) => contestant === row.contestant);
			return [
				labelOf(row.contestant),
				`${row.delivered} of ${row.executions}`,
				row.lost,
				endingsOf(row),
				after?.lost ?? null,
				after?.boughtTwice ?? null,
			];
		}),
	);
}

const endingsOf = ({ endings }: KilledRow) =>
	Object.entries(endings)
		.map(([status, count]) => `${count} ${status}`)
		.join(', ');

const suspending = ['automatic', 'suspend', 'http70'];

/** What the table shows, in words: only what happened. */
export function killedNotes({ killed, retried, downSeconds }: KilledResult): string {
	const crashed = killed.filter(({ endings }) => (endings.crashed ?? 0) > 0);
	const names = (rows: ReadonlyArray<{ contestant: string }>) =>
		rows.map(({ contestant }) => labelOf(contestant)).join('; ');
	const whole = killed.filter(({ lost }) => lost === 0);
	const paidAgain = retried.filter(({ boughtTwice }) => boughtTwice > 0);
	const notes = [`n8n was down for ${counted(downSeconds, 'second')}.`];
	if (whole.length > 0) notes.push(`Nothing was lost by: ${names(whole)}.`);
	if (crashed.length > 0) {
		notes.push(
			`Crashed by n8n, because they were running: ${names(crashed)}. n8n has stored nothing of such an execution (unless \`EXECUTIONS_DATA_SAVE_ON_PROGRESS=true\` is set), so that Retry starts it from the beginning.`,
		);
	}
	if (paidAgain.length > 0) notes.push(`Retry bought again for: ${names(paidAgain)}.`);
	const late = crashed.filter(({ contestant }) => suspending.includes(contestant));
	if (late.length > 0) {
		notes.push(
			`Among the crashed are some that suspend: ${names(late)}. They held their last stretch at that moment, or came due while the worker was down.`,
		);
	}
	return list(notes);
}
