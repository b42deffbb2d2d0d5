import type { Job } from '../../nodes/jobs/job';
import { fingerprint, createLedger } from '../../nodes/jobs/ledger';

const job: Job = { provider: 'deepWl', jobId: 'job-1', status: 'queued', progress: 0 };
const fields = { prompt: '={{ $json.prompt }}' };
const otherFields = { prompt: '={{ $json.text }}' };

/** What is remembered of item 0, bought in execution 1 and run 0, in another run of the node. */
function recalled(executionId: string, runIndex: number, otherwise: object, request: string) {
	const context = {};
	createLedger(context, { executionId: '1', runIndex: 0, fields }).record(0, 'A cat', { job });
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
	expect(recalled(executionId, runIndex, given, request)).toEqual({ job });
});

test.each([
	['a retry with a changed prompt', '2', 0, otherFields, 'A dog'],
	['a later run of the node, as in a loop', '1', 1, fields, 'A cat'],
])('%s is a purchase of its own', (_name, executionId, runIndex, given, request) => {
	expect(recalled(executionId, runIndex, given, request)).toBeUndefined();
});

test('another item is a purchase of its own, also with the same request', () => {
	const ledger = createLedger({}, { executionId: '1', runIndex: 0, fields });
	ledger.record(0, 'A cat', { job });
	expect(ledger.recall(1, 'A cat')).toBeUndefined();
});

test('the last purchase of an item counts, and forgetting one leaves what earlier executions bought', () => {
	const context = {};
	createLedger(context, { executionId: '1', runIndex: 0, fields }).record(0, 'A cat', { job });
	const retry = createLedger(context, { executionId: '2', runIndex: 0, fields: otherFields });
	const second = { job: { ...job, jobId: 'job-2' } };
	retry.record(0, 'A dog', second);
	expect(retry.recall(0, 'A cat')).toEqual(second);
	retry.forget(0, 'A dog');
	expect(retry.recall(0, 'A cat')).toEqual({ job });
	expect(retry.recall(0, 'A dog')).toBeUndefined();
});

test('a fingerprint tells files apart by what is in them, and is the same for the same request', () => {
	const call = (bytes: number[]) => ({
		path: '/v1/videos',
		form: [{ field: 'image', file: { name: 'a.png', bytes: Uint8Array.from(bytes) } }],
	});
	expect(fingerprint(call([1, 2, 3]))).toBe(fingerprint(call([1, 2, 3])));
	expect(fingerprint(call([1, 2, 3]))).not.toBe(fingerprint(call([1, 2, 4])));
});

test('where the runs say nothing, as for the tool of an agent, only the request counts', () => {
	const context = {};
	const tool = { executionId: '1', runIndex: undefined, fields };
	createLedger(context, tool).record(0, 'A cat', { job });
	const again = createLedger(context, tool);
	expect(again.recall(0, 'A cat')).toEqual({ job });
	expect(again.recall(0, 'A dog')).toBeUndefined();
	again.record(0, 'A dog', { job: { ...job, jobId: 'job-2' } });
	expect(again.recall(0, 'A cat')).toEqual({ job });
	again.forget(0, 'A dog');
	expect(again.recall(0, 'A dog')).toBeUndefined();
});

test('for the tool of an agent, equal requests of one call are a purchase each', () => {
	const context = {};
	const tool = { executionId: '1', runIndex: undefined, fields };
	const first = createLedger(context, tool);
	const jobs = ['job-1', 'job-2', 'job-3'].map((jobId) => ({ job: { ...job, jobId } }));
	jobs.forEach((bought, itemIndex) => {
		expect(first.recall(itemIndex, 'A cat')).toBeUndefined();
		first.record(itemIndex, 'A cat', {
			unknown: { code: 'no_answer', message: '', retryable: false },
		});
		first.record(itemIndex, 'A cat', bought);
	});
	first.record(3, 'A dog', { job });
	const again = createLedger(JSON.parse(JSON.stringify(context)) as Record<string, unknown>, tool);
	expect([0, 1, 2].map((itemIndex) => again.recall(itemIndex, 'A cat'))).toEqual(jobs);
	expect(again.recall(3, 'A cat')).toBeUndefined();
	expect(again.recall(4, 'A dog')).toEqual({ job });
});
