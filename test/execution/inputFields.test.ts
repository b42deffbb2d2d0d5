import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { addInput } from '../../nodes/execution/inputFields';

const asItem = (json: IDataObject, binary?: IBinaryKeyData, options: unknown = on) =>
	({
		getInputData: () => [{ json, binary }],
		getNodeParameter: () => {
			if (options instanceof Error) throw options;
			return options;
		},
	}) as unknown as IExecuteFunctions;

const on = { includeInput: true };
const job = { provider: 'fal', jobId: 'a', status: 'succeeded', progress: 100 };
const earlier = { ...job, status: 'queued', progress: 0 };

const jsonFor = (item: IDataObject, own: IDataObject = job) =>
	addInput(asItem(item), 0, { json: own }).json;

test.each<[string, IDataObject, IDataObject]>([
	['its own names', { row: 7, topic: 'boats' }, { row: 7, topic: 'boats', ...job }],
	['the name of a field', { status: 'new' }, { ...job, input: { status: 'new' } }],
	['the same value', { jobId: 'a' }, { ...job, input: { jobId: 'a' } }],
	['a name that this job lacks', { videoUrl: 'x' }, { ...job, input: { videoUrl: 'x' } }],
	['a field called input', { input: 'x' }, { ...job, input: { input: 'x' } }],
	['a field called error', { error: 'x' }, { ...job, input: { error: 'x' } }],
	['a field called json', { json: { jobId: 'x' } }, { json: { jobId: 'x' }, ...job }],
	['nothing', {}, job],
])('an item with %s', (_name, item, expected) => {
	expect(jsonFor(item)).toEqual(expected);
});

test.each<[string, IDataObject, IDataObject]>([
	['with a row', { ...earlier, row: 7 }, { row: 7, ...job }],
	[
		'with the input of its node',
		{ ...earlier, input: { status: 'new' }, row: 7 },
		{ row: 7, ...job, input: { status: 'new' } },
	],
	[
		'with a field of its input and a new one',
		{ ...earlier, input: { status: 'new' }, error: 'x' },
		{ ...job, input: { status: 'new', error: 'x' } },
	],
])('the item of the same job, %s, is not nested', (_name, item, expected) => {
	expect(jsonFor(item)).toEqual(expected);
});

test('a job that was not started leaves its row in place', () => {
	const failure = { code: 'busy', message: 'busy', retryable: true };
	const failed = { provider: 'fal', failure, row: 7, input: { status: 'new' } };
	const expected = { row: 7, ...job, input: { provider: 'fal', failure, status: 'new' } };
	expect(jsonFor(failed)).toEqual(expected);
	expect(jsonFor(failed, { failure })).toEqual({ row: 7, failure, input: { status: 'new' } });
});

test('of another job, its fields are input, and the input of that one stays in place', () => {
	const other = { ...earlier, jobId: 'b', row: 7, input: { status: 'new' } };
	const input = { provider: 'fal', jobId: 'b', status: 'new', progress: 0 };
	expect(jsonFor(other)).toEqual({ row: 7, ...job, input });
});

test('a member called __proto__ is a field as any other', () => {
	const fields = '"__proto__": {"status": "x"}';
	const item = JSON.parse(`{${fields}, "input": {${fields}}}`) as IDataObject;
	const json = jsonFor(item);
	expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
	const expected = `{${fields}, ${JSON.stringify(job).slice(1, -1)}, "input": {"input": {${fields}}}}`;
	expect(JSON.stringify(json)).toBe(JSON.stringify(JSON.parse(expected)));
	expect({}).not.toHaveProperty('status');
});

test('the files come along, and those of the job keep their fields', () => {
	const file = (data: string) => ({ data, mimeType: 'video/mp4' });
	const files = { photo: file('1'), video: file('2'), input_video: file('3') };
	const result = addInput(asItem({}, files), 0, { json: job, binary: { video: file('0') } });
	expect(result.binary).toEqual({
		video: file('0'),
		photo: file('1'),
		input_video: file('2'),
		input_input_video: file('3'),
	});
});

test.each<[string, unknown]>([
	['absent', {}],
	['off', { includeInput: false }],
	['off as text', { includeInput: 'false' }],
	['an expression that fails', new Error('No such node')],
])('without the option (%s) the job is alone', (_name, options) => {
	const photo = { photo: { data: '1', mimeType: 'image/png' } };
	const content = { json: job, binary: undefined };
	expect(addInput(asItem({ row: 7 }, photo, options), 0, content)).toEqual(content);
});
