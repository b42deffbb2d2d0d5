import fc from 'fast-check';
import type { ImageBytes, Json } from '../../nodes/wire/call';
import { holdsImage, jsonBody } from '../../nodes/transport/jsonBody';

const imageOf = (bytes: Uint8Array): ImageBytes => ({
	kind: 'bytes',
	bytes,
	mimeType: 'image/png',
	fileName: 'a.png',
});

/** The JSON that a provider should receive, built in the simplest way. */
const asText = (json: Json): string =>
	JSON.stringify(json, (_key, value: Json) =>
		holdsImage(value) && typeof value === 'object' && value !== null && 'bytes' in value
			? `data:image/png;base64,${Buffer.from((value as ImageBytes).bytes).toString('base64')}`
			: value,
	);

test('images are sent as data URIs, and everything else as JSON', () => {
	const image = fc.uint8Array({ maxLength: 100 }).map(imageOf);
	const json = fc.letrec<{ json: Json }>((tie) => ({
		json: fc.oneof(
			{ maxDepth: 4 },
			fc.string({ unit: 'binary' }),
			fc.double({ noNaN: true, noDefaultInfinity: true }),
			fc.boolean(),
			fc.constant(null),
			image,
			fc.array(tie('json')),
			fc.dictionary(fc.string(), fc.option(tie('json'), { nil: undefined })),
		),
	})).json;
	fc.assert(
		fc.property(json, (value) => {
			expect(jsonBody(value).toString()).toBe(asText(value));
		}),
		{ numRuns: 2_000 },
	);
});

test.each([0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000])(
	'an image of %s bytes is complete',
	(length) => {
		const bytes = Buffer.from(Array.from({ length }, (_, index) => index % 251));
		const { url } = JSON.parse(jsonBody({ url: imageOf(bytes) }).toString()) as { url: string };
		const [start, base64 = ''] = url.split(',');
		expect(start).toBe('data:image/png;base64');
		expect(Buffer.from(base64, 'base64').equals(bytes)).toBe(true);
	},
);

test('the type of an image cannot break out of the JSON', () => {
	const image = { ...imageOf(Buffer.from('a')), mimeType: 'image/png","x":"' };
	expect(JSON.parse(jsonBody({ url: image }).toString())).toEqual({
		url: 'data:image/png","x":";base64,YQ==',
	});
});
