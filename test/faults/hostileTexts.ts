import fc from 'fast-check';

/** Pieces on which a careless regular expression backtracks when they come by the thousand. */
const seeds = [
	...'http:// https://a https://a/b? (https://a.mp4 .mp4 (http://a/.mp4.mp4 //a/web/'.split(' '),
	...'//a/source/x|ID:|ID: `|ID |data: {|data: {}|data: {"choices":[{|\ndata:'.split('|'),
	...[...' \t\n%19-.}{[]"\\🎉\u0000', '\ud800', '1 ', '0x', '<title>'],
	...'model |insufficient |rai_|content |2026-01-01|12:00|Z'.split('|'),
];

/** A text of any length: one or two pieces again and again, between a start and an end that fit or do not. */
export interface Pattern {
	start: string;
	piece: string;
	end: string;
}

/** The pattern and not the text, so that a report of a failure is one line and not a megabyte. */
export const pattern: fc.Arbitrary<Pattern> = fc.record({
	start: fc.constantFrom('', ...seeds, 'https://a/', '1', 'ID: `x', '🎉(', '<!doctype html>'),
	piece: fc
		.tuple(fc.constantFrom(...seeds), fc.constantFrom('', ...seeds))
		.map((pieces) => pieces.join('')),
	end: fc.constantFrom('', 'x', ')', '`', '?', '%', ' x', '\n'),
});

export function textOf({ start, piece, end }: Pattern, length: number): string {
	return start + piece.repeat(Math.ceil(length / piece.length)) + end;
}
