import {
	createCheckpoint,
	measureElapsedMs,
	readCheckpoint,
	wasWokenEarly,
} from '../../nodes/poll/checkpoint';
import { watchJob } from '../../nodes/jobs/watchedJob';

const content = {
	executionId: 'execution-1',
	elapsedMs: 100_000,
	jobs: [watchJob('job-1')],
	files: {},
	raw: {},
};

test.each([
	['n8n calls the node again at once', undefined, 5, 100_005],
	['the machine slept meanwhile', undefined, 3_600_000, 130_000],
	['its clock was set back', undefined, -3_600_000, 100_000],
	['a suspension resumes in time', 70_000, 70_000, 170_000],
	['a suspension resumes an hour late', 70_000, 3_670_000, 3_770_000],
	['a suspension on a machine whose clock is behind', 70_000, 69_000, 170_000],
	['its clock was set back during the suspension', 70_000, -3_600_000, 170_000],
])('how long the node has waited: %s', (_name, suspendedForMs, passedMs, elapsedMs) => {
	const checkpoint = createCheckpoint({ ...content, suspendedForMs });
	expect(measureElapsedMs(checkpoint, checkpoint.storedAt + passedMs)).toBe(elapsedMs);
});

test.each([
	['before its time', 20_000, 120_000],
	['at its time', 70_000, 170_000],
	['on a machine whose clock is behind', -5_000, 100_000],
])('how long the node has waited where a call ended the suspension: %s', (_name, passedMs, ms) => {
	const checkpoint = createCheckpoint({ ...content, suspendedForMs: 70_000 });
	expect(measureElapsedMs(checkpoint, checkpoint.storedAt + passedMs, true)).toBe(ms);
});

test.each([
	[true, 20_000, true],
	[true, 69_000, false],
	[false, 20_000, false],
])(
	'callback expected: %s, resumed after %d ms: woken %s',
	(isCallbackExpected, passedMs, woken) => {
		const checkpoint = createCheckpoint({ ...content, suspendedForMs: 70_000, isCallbackExpected });
		expect(wasWokenEarly(checkpoint, checkpoint.storedAt + passedMs)).toBe(woken);
	},
);

test('a checkpoint comes back as a copy, from n8n’s database as well', () => {
	const stored: unknown = JSON.parse(JSON.stringify(createCheckpoint(content)));
	const checkpoint = readCheckpoint(stored, 'execution-1');
	expect(checkpoint).toMatchObject(content);
	checkpoint?.jobs.forEach((job) => job.checks++);
	expect(readCheckpoint(stored, 'execution-1')?.jobs).toEqual(content.jobs);
});

const stored = createCheckpoint({
	...content,
	created: { results: [{ itemIndex: 0, job: { jobId: 'job-1' } }], hints: [{ message: 'A hint' }] },
});

const damages: Array<[string, object]> = [
	['one without jobs', { jobs: undefined }],
	['one whose jobs are a text', { jobs: 'job-1' }],
	['one with a job without its ID', { jobs: [{ checks: 0 }] }],
	['one without files', { files: null }],
	['one without raw answers', { raw: [] }],
	['one with a text for a time', { elapsedMs: 'long' }],
	['one without the time when it was stored', { storedAt: undefined }],
	['one without the created jobs', { created: null }],
	['one without the results of creates', { created: { hints: [] } }],
	['one with a result that is none', { created: { results: [null], hints: [] } }],
	['one without hints', { created: { results: [] } }],
];

test('created jobs come back with a checkpoint', () => {
	expect(readCheckpoint(stored, 'execution-1')?.created).toEqual(stored.created);
});

test.each<[string, unknown]>([
	['nothing', undefined],
	['a text', 'checkpoint'],
	['that of another execution', { ...createCheckpoint(content), executionId: 'execution-0' }],
	['that of another version of the package', { ...createCheckpoint(content), version: 1 }],
	['one without a version', { executionId: 'execution-1', watches: [] }],
	...damages.map(([name, damage]): [string, unknown] => [name, { ...stored, ...damage }]),
])('%s is no checkpoint: the waiting begins', (_name, state) => {
	expect(readCheckpoint(state, 'execution-1')).toBeUndefined();
});
