import fc from 'fast-check';

const MEGABYTE = 1024 * 1024;

/** Pieces that a careless pattern goes over again and again when they come by the thousand. */
const seeds = [
	...[
		'http://',
		'https://a',
		'https://a/b?',
		'(https://a.mp4',
		'.mp4',
		'(http://a/.mp4.mp4',
		'//a/web/',
	],
	...[
		'//a/source/x',
		'ID:',
		'ID: `',
		'ID ',
		'data: {',
		'data: {}',
		'data: {"choices":[{',
		'\ndata:',
	],
	...[
		' ',
		'\t',
		'\n',
		'%',
		'1',
		'1 ',
		'9',
		'-',
		'.',
		'0x',
		'}',
		'{',
		'[',
		']',
		'"',
		'\\',
		'<title>',
	],
	...[
		'model ',
		'insufficient ',
		'rai_',
		'content ',
		'🎉',
		'\ud800',
		'\u0000',
		'2026-01-01',
		'12:00',
		'Z',
	],
];

/** Up to a megabyte of one or two pieces, between a start and an end that fit or do not. */
export const longText: fc.Arbitrary<string> = fc
	.tuple(
		fc.constantFrom('', ...seeds, 'https://a/', '1', 'ID: `x', '🎉(', '<!doctype html>'),
		fc.constantFrom(...seeds),
		fc.constantFrom('', ...seeds),
		fc.constantFrom('', 'x', ')', '`', '?', '%', ' x', '\n'),
		fc.constantFrom(1_000, 30_000, MEGABYTE),
	)
	.map(([start, first, second, end, length]) => {
		const piece = first + second;
		return start + piece.repeat(Math.ceil(length / piece.length)) + end;
	});
