import type { Row } from './judge';

/** The rows as text, what is otherwise first, and the fields that nothing reads. */
export function formatTable(rows: readonly Row[], unread: readonly string[]): string {
	const order = ['otherwise', 'expected', 'notSeen'];
	const sorted = [...rows].sort((a, b) => order.indexOf(a.seen.kind) - order.indexOf(b.seen.kind));
	const width = Math.min(60, Math.max(...rows.map(({ fact }) => fact.length)));
	const lines = sorted.map(({ fact, mark, seen }) => {
		const texts = {
			expected: 'seen as expected',
			notSeen: 'not seen',
			otherwise: 'seen otherwise: ',
		};
		const what = seen.kind === 'otherwise' ? seen.what : '';
		return `${fact.padEnd(width)}  ${mark.padEnd(10)}  ${texts[seen.kind]}${what}`;
	});
	const rest = unread.length === 0 ? [] : ['', `Fields that nothing reads: ${unread.join(', ')}`];
	return [...lines, ...rest].join('\n');
}
