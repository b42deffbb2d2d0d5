import type { Job } from '../../nodes/jobs/job';
import type { RecordedCreate } from '../../nodes/jobs/ledger';
import { fingerprint, createLedger } from '../../nodes/jobs/ledger';

const job: Job = { provider: 'deepWl', jobId: 'job-1', status: 'queued', progress: 0 };
const bought = (jobId: string): RecordedCreate => ({ kind: 'job', job: { ...job, jobId } });
const fields = { prompt: '={{ $json.prompt }}' };
const otherFields = { prompt: '={{ $json.text }}' };

/** The record of item 0, bought in execution 1 and run 0, in another run of the node. */
function recalled(executionId: string, runIndex: number, otherwise: object, request: string) {
	const context = {};
	createLedger(context, { executionId: '1', runIndex: 0, fields }).record(
		0,
		'A cat',
		bought('job-1'),
	);
	// As n8n's database gives it back.
	const stored = JSON.parse(JSON.stringify(context)) as Record<string, unknown>;
	return createLedger(stored, { executionId, runIndex, fields: otherwise }).recall(0, request);
}

test.each([
	['another try of Retry On Fail', '1', 0, fields, 'A cat'],
	['a try whose expressions give something else', '1', 0, fields, 'A cat at noon'],
	['a retry of the execution', '2', 0, fields, 'A cat'],
	['a retry whose expressions give something else', '2', 0, fields, 'A cat at noon'],
	['a retry with changed fields that come to the same', '2', 0, otherFields, 'A cat'],
])('%s gets what was bought', (_name, executionId, runIndex, given, request) => {
	expect(recalled(executionId, runIndex, given, request)).toEqual(bought('job-1'));
});

test.each([
	['a retry with a changed prompt', '2', 0, otherFields, 'A dog'],
	['a later run of the node, as in a loop', '1', 1, fields, 'A cat'],
])('%s is a purchase of its own', (_name, executionId, runIndex, given, request) => {
	expect(recalled(executionId, runIndex, given, request)).toBeUndefined();
});

describe('runs are numbered in the order in which they began', () => {
	const open = (context: Record<string, unknown>, runIndex: number, executionId = '1') =>
		createLedger(context, { executionId, runIndex, fields });

	test('a retry that waits more often in the first run gives the creates of the second the same names', () => {
		const context = {};
		open(context, 0);
		const stored = structuredClone(context);
		const names = open(context, 2).listNames(0, 'A cat');
		open(stored, 0, '2');
		expect(open(stored, 5, '2').listNames(0, 'A cat')).toEqual(names);
		expect(open(stored, 0, '2').listNames(0, 'A cat')).not.toEqual(names);
	});

	test('a record of an earlier version of this package is found by the number of n8n', () => {
		const context: Record<string, unknown> & { submissions?: object } = {};
		open(context, 4).record(0, 'A cat', bought('job-1'));
		const [entries] = Object.values(context.submissions ?? {});
		const older = { submissions: { '4:0': entries } };
		expect(open(older, 4, '2').recall(0, 'A cat')).toEqual(bought('job-1'));
		expect(open(older, 6, '2').recall(0, 'A cat')).toBeUndefined();
	});
});

test('another item is a purchase of its own, also with the same request', () => {
	const ledger = createLedger({}, { executionId: '1', runIndex: 0, fields });
	ledger.record(0, 'A cat', bought('job-1'));
	expect(ledger.recall(1, 'A cat')).toBeUndefined();
});

test('the last record of an item counts, and forgetting it keeps those of earlier executions', () => {
	const context = {};
	createLedger(context, { executionId: '1', runIndex: 0, fields }).record(
		0,
		'A cat',
		bought('job-1'),
	);
	const retry = createLedger(context, { executionId: '2', runIndex: 0, fields: otherFields });
	const second = bought('job-2');
	retry.record(0, 'A dog', second);
	expect(retry.recall(0, 'A cat')).toEqual(second);
	retry.forget(0, 'A dog');
	expect(retry.recall(0, 'A cat')).toEqual(bought('job-1'));
	expect(retry.recall(0, 'A dog')).toBeUndefined();
});

test('a fingerprint differs for different bytes, and is the same for the same request', () => {
	const call = (bytes: number[]) => ({
		path: '/v1/videos',
		form: [{ field: 'image', file: { name: 'a.png', bytes: Uint8Array.from(bytes) } }],
	});
	expect(fingerprint(call([1, 2, 3]))).toBe(fingerprint(call([1, 2, 3])));
	expect(fingerprint(call([1, 2, 3]))).not.toBe(fingerprint(call([1, 2, 4])));
});

test('for the tool of an agent only the request counts', () => {
	const context = {};
	const tool = { executionId: '1', runIndex: undefined, fields };
	createLedger(context, tool).record(0, 'A cat', bought('job-1'));
	const again = createLedger(context, tool);
	expect(again.recall(0, 'A cat')).toEqual(bought('job-1'));
	expect(again.recall(0, 'A dog')).toBeUndefined();
	again.record(0, 'A dog', bought('job-2'));
	expect(again.recall(0, 'A cat')).toEqual(bought('job-1'));
	again.forget(0, 'A dog');
	expect(again.recall(0, 'A dog')).toBeUndefined();
});

test('for the tool of an agent, equal requests of one call are a purchase each', () => {
	const context = {};
	const tool = { executionId: '1', runIndex: undefined, fields };
	const first = createLedger(context, tool);
	const jobs = ['job-1', 'job-2', 'job-3'].map(bought);
	jobs.forEach((one, itemIndex) => {
		expect(first.recall(itemIndex, 'A cat')).toBeUndefined();
		first.record(itemIndex, 'A cat', { kind: 'unknown', reason: 'no answer' });
		first.record(itemIndex, 'A cat', one);
	});
	first.record(3, 'A dog', bought('job-1'));
	const again = createLedger(JSON.parse(JSON.stringify(context)) as Record<string, unknown>, tool);
	expect([0, 1, 2].map((itemIndex) => again.recall(itemIndex, 'A cat'))).toEqual(jobs);
	expect(again.recall(3, 'A cat')).toBeUndefined();
	expect(again.recall(4, 'A dog')).toEqual(bought('job-1'));
});

// cspell:ignore submission submissions
describe('an entry of another version of the package', () => {
	/** What is handed back in a retry with other fields and another request, and by which key. */
	const recallStored = (entry: unknown, runIndex: number | undefined = 0) => {
		const key = runIndex === undefined ? '1a2b3c4d5e6:1' : '0:0';
		const retry = { executionId: '2', runIndex, fields: otherFields };
		return createLedger({ submissions: { [key]: [entry] } }, retry).recall(0, 'A dog');
	};
	const entry = { executionId: '1', fields: '1a2b3c4d5e6', request: '6e5d4c3b2a1' };

	const unreadable = (quoted: string) => ({
		kind: 'unknown' as const,
		reason: `an earlier try left a record that cannot be read: ${quoted}`,
	});

	test.each<[string, unknown, RecordedCreate]>([
		['its job', { ...entry, submission: { job } }, bought('job-1')],
		[
			'its unknown outcome',
			{ ...entry, submission: { unknown: { code: 'no_answer', message: 'no answer' } } },
			{ kind: 'unknown', reason: 'no answer' },
		],
		[
			'its unknown outcome',
			{ ...entry, create: { kind: 'unknown', reason: 'no answer' } },
			{ kind: 'unknown', reason: 'no answer' },
		],
		[
			'an unknown outcome with the id of a job',
			{ ...entry, submission: { job: { jobId: 'job-1' } } },
			unreadable('{"job":{"jobId":"job-1"}}'),
		],
		['an unknown outcome', entry, unreadable('undefined')],
		['an unknown outcome', null, unreadable('undefined')],
	])('hands back %s: %j', (_name, stored, expected) => {
		expect(recallStored(stored)).toEqual(expected);
		expect(recallStored(stored, undefined)).toEqual(expected);
	});

	test('is replaced by a create of the same execution', () => {
		const context = { submissions: { '0:0': [{ ...entry, submission: { job } }] } };
		const ledger = createLedger(context, { executionId: '1', runIndex: 0, fields });
		ledger.record(0, 'A cat', bought('job-2'));
		expect(ledger.recall(0, 'A cat')).toEqual(bought('job-2'));
		ledger.forget(0, 'A cat');
		expect(ledger.recall(0, 'A cat')).toBeUndefined();
	});
});

test('calls of a tool at once count together what they start', () => {
	const context = {};
	const tool = { executionId: '1', runIndex: undefined, fields };
	const [first, second] = [createLedger(context, tool), createLedger(context, tool)];
	first.record(0, 'A cat', bought('job-1'));
	second.record(0, 'A dog', bought('job-2'));
	expect([first, second].map((ledger) => ledger.countStarted())).toEqual([2, 2]);
	first.forget(0, 'A cat');
	expect(second.countStarted()).toBe(1);
	expect(createLedger(context, { ...tool, executionId: '2' }).countStarted()).toBe(0);
});
