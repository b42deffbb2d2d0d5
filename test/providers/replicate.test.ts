import { replicate } from '../../nodes/providers/replicate';
import type { Call, Json } from '../../nodes/wire/call';
import { inputWith } from '../fixtures/inputs';

const veo = 'google/veo-3.1';
const hash = '9c6ca0c2'.repeat(8);
const webhook = 'https://example.com/hook?a=b';
const input = { prompt: 'A cat', aspect_ratio: '16:9', duration: 8 };

const { find } = replicate;
const createOf = (model: string, json: Record<string, Json> = {}): Call => {
	const call = replicate.create.request(inputWith({ model }), {});
	return { ...call, json: { ...call.json, input, ...json } };
};

const listed = (id: string, members: object = {}) => ({
	...{ id, model: veo, version: 'hidden', input, status: 'starting', source: 'api' },
	created_at: '2026-01-15T12:00:00.224088Z',
	...members,
});

/** The ids of the listed predictions that equal a create. */
function equalTo(create: Call, results: unknown): string[] | string {
	const answer = { httpStatus: 200, contentType: 'application/json', body: { results } };
	const reading = find?.read(answer, create);
	if (reading?.kind !== 'read') return String(reading?.kind);
	return reading.value.jobs.filter(({ isEqual }) => isEqual).map(({ jobId }) => jobId);
}

describe('a prediction is that of a create', () => {
	test.each<[string, Call, object]>([
		['with the same model and input', createOf(veo), {}],
		[
			'with its input in another order',
			createOf(veo),
			{ input: { duration: 8, aspect_ratio: '16:9', prompt: 'A cat' } },
		],
		['without a webhook', createOf(veo), { webhook: null }],
		['of the same version', createOf(`someone/model:${hash}`), { version: hash, model: 'a/b' }],
		['of the same version alone', createOf(hash), { version: hash, model: 'a/b' }],
		['of a list that shows no webhooks', createOf(veo, { webhook }), {}],
	])('%s', (_name, create, members) => {
		expect(equalTo(create, [listed('one', members)])).toEqual(['one']);
	});

	test.each<[string, Call, object]>([
		['of another model', createOf(veo), { model: 'google/veo-3.1-fast' }],
		['of another version', createOf(`someone/model:${hash}`), { version: 'b'.repeat(64) }],
		['of an official model, by the word for its version', createOf('google/hidden'), {}],
		['with another value', createOf(veo), { input: { ...input, duration: 6 } }],
		['with a field more', createOf(veo), { input: { ...input, seed: 1 } }],
		['with a field less', createOf(veo), { input: { prompt: 'A cat', duration: 8 } }],
		['with a list where a record was sent', createOf(veo), { input: Object.values(input) }],
		['whose input was removed', createOf(veo), { input: {}, data_removed: true }],
		['without an input', createOf(veo), { input: null }],
		['with a webhook of its own', createOf(veo), { webhook }],
		['with another webhook', createOf(veo, { webhook }), { webhook: `${webhook}&c=d` }],
		['without an id', createOf(veo), { id: '' }],
	])('and not one %s', (_name, create, members) => {
		expect(equalTo(create, [listed('one', members)])).toEqual([]);
	});

	test('by its marker alone, where one has it', () => {
		const create = find?.mark(createOf(veo, { webhook }), 'marker-1') ?? createOf(veo);
		const { json = {} } = create;
		const marked = { webhook: json.webhook, input: {} };
		expect(equalTo(create, [listed('equal'), listed('marked', marked)])).toEqual(['marked']);
		const other = { webhook: `${webhook}&veo_create=marker-12` };
		expect(equalTo(create, [listed('equal'), listed('other', other)])).toEqual(['equal']);
		expect(equalTo(createOf(veo), [listed('marked', marked)])).toEqual([]);
	});

	test.each([undefined, null, 7, 'text', { 0: listed('one') }])('%j is no list', (results) => {
		expect(equalTo(createOf(veo), results)).toBe('unreadable');
	});
});

test.each([
	['https://example.com/hook', 'https://example.com/hook?veo_create=m'],
	[webhook, `${webhook}&veo_create=m`],
	['https://example.com/?a=%20+b#part', 'https://example.com/?a=%20+b&veo_create=m#part'],
])('the marker leaves the rest of %s as it is', (given, sent) => {
	const create = createOf(veo, { webhook: given });
	expect(find?.mark(create, 'm')).toEqual({ ...create, json: { ...create.json, webhook: sent } });
});

test.each([undefined, '', 'example.com', 7, null])('a webhook of %j gets no marker', (given) => {
	const create = createOf(veo, given === undefined ? {} : { webhook: given });
	expect(find?.mark(create, 'm')).toBe(create);
});
