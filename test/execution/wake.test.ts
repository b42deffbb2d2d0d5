import type { ITaskData, IWebhookFunctions } from 'n8n-workflow';
import { readNamedJobIds } from '../../nodes/poll/callbackBody';
import { namedJobs, receiveWake, takeWakeNote, wakeUrlPattern } from '../../nodes/execution/wake';
import { createSecretMask } from '../../nodes/wire/secretMask';

const token = 'a'.repeat(64);
const resumeUrl = `https://n8n.example.com/webhook-waiting/7?signature=${token}`;

/** Calls the waiting webhook of an execution. */
function call(body: unknown, { signature = token, url = resumeUrl }: Record<string, string> = {}) {
	const seen: number[] = [];
	const response = {
		status: (code: number) => {
			seen.push(code);
			return response;
		},
		json: () => response,
	};
	const context = {
		evaluateExpression: () => url,
		getBodyData: () => body,
		getQueryData: () => ({ signature }),
		getResponseObject: () => response,
	};
	return { seen, answer: receiveWake(context as unknown as IWebhookFunctions, readNamedJobIds) };
}

/** What the resumed node learns from a call. */
function named(body: unknown) {
	const { workflowData = [] } = call(body).answer;
	const run = { data: { main: workflowData } } as unknown as ITaskData;
	const note = takeWakeNote(run);
	expect(run.data?.main).toEqual([[]]);
	return namedJobs(note);
}

test.each<[string, unknown, string]>([
	['fal.ai', { request_id: 'r-1', status: 'OK' }, 'fal-ai/veo3.1/requests/r-1'],
	['Replicate', { id: 'p1', status: 'succeeded', output: 'https://x' }, 'p1'],
	['Kie.ai', { code: 200, data: { taskId: 't1' } }, 't1'],
	['Kie.ai, another model', { code: 200, data: { taskId: 't1' } }, 'jobs:t1'],
	['APIMP', { code: 200, data: { task_id: 't1' } }, 't1'],
])('a call of %s names its job', (_name, body, jobId) => {
	const isNamed = named(body);
	expect(isNamed?.(jobId)).toBe(true);
	expect(isNamed?.(`${jobId}2`)).toBe(false);
});

test.each([
	[undefined],
	['text'],
	[[]],
	[{}],
	[{ data: null }],
	[{ id: { toString: 1 } }],
	[{ id: '' }],
])('%j names none', (body) => {
	expect(named(body)).toBeUndefined();
});

test('nothing of the body is passed on, and nothing on an output that a node can have', () => {
	const { answer } = call({ id: 'p1', output: 'https://evil.example.com', prompt: 'text' });
	expect(JSON.stringify(answer)).not.toMatch(/p1"|evil|text/);
	expect(answer.workflowData?.slice(0, 3)).toEqual([[], [], []]);
});

test.each([
	['a wrong signature', { signature: 'b'.repeat(64) }],
	['no signature', { signature: '' }],
	['an n8n that signs nothing', { url: 'https://n8n.example.com/webhook-waiting/7' }],
	['an n8n that has no URL', { url: '' }],
])('%s: HTTP 401, and the execution waits on', (_name, given) => {
	const { seen, answer } = call({ id: 'p1' }, given);
	expect(seen).toEqual([401]);
	expect(answer).toEqual({ noWebhookResponse: true });
});

test.each([[undefined], [{}], [{ data: { main: [[], [], [], [{ json: { named: 'all' } }]] } }]])(
	'a run without a note: %j',
	(run) => expect(takeWakeNote(run as ITaskData | undefined)).toBeUndefined(),
);

test('the URL is a secret, however it is written, and what follows its token is none', () => {
	const mask = createSecretMask([wakeUrlPattern]);
	const url = `https://n8n.example.com/webhook-waiting/7/veo-wake?signature=${token}`;
	expect(mask.text(`${url}&veo_create=1`)).toBe('***&veo_create=1');
	expect(mask.message(`see ${encodeURIComponent(url)}.`)).not.toContain('aaaa');
	expect(mask.message(`POST ${new URL(url).pathname}${new URL(url).search}: 409`)).not.toContain(
		'aaaa',
	);
	expect(mask.text('https://cdn.example.com/video.mp4?signature=abc')).toContain('abc');
});
