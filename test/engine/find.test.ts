import { fastClock, passSeconds, setClock, until } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providers, providersWith } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import type { Fault } from '../../workbench/simulator';
import { createJob } from '../simulator/creates';
import { useOwnHost } from './ownHost';
import {
	continueError,
	creates,
	execute,
	failCreate,
	jobIds,
	retryOnFail,
	simulator,
	withCredential,
} from './scene';
import { createNode, model } from './workflow';

/*
 * A create whose answer was lost, at a provider that lists the jobs of an account: its job is found there,
 * or the outcome stays unknown. Nothing is ever sent twice. Each fault at a create and at the list:
 * test/faults/create.test.ts and find.test.ts.
 */

const finding = providersWith('find');

const lists = () => simulator.calls.filter(({ route }) => route === 'find');
const failList = (fault: Omit<Fault, 'route'>) => simulator.failNext({ ...fault, route: 'find' });
const found = /was found in the list/;

test('there are such providers', () => expect(finding).not.toEqual([]));

const host = useOwnHost();

describe.each(finding)('%s', (name: ProviderName) => {
	const create = async (prompts: string[], parameters: INodeParameters = {}) =>
		await execute(createNode(name, parameters, continueError), prompts);
	const withCallback = { options: { callbackUrl: 'https://example.com/hook?a=b%20c' } };

	test('the job of a lost answer is found', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		// Queued for ten minutes.
		const prompt = 'A cat [sim seconds=6000]';
		const { jobs, failed, hints } = await create([prompt]);
		expect(simulator.ledger).toHaveLength(1);
		expect(creates()).toHaveLength(1);
		expect(failed).toEqual([]);
		expect(jobs).toMatchObject([{ jobId: jobIds()[0], status: 'queued', prompt, provider: name }]);
		expect(hints).toMatch(found);
	});

	test('a job that is listed late is found', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const { jobs } = await create(['A cat [sim lagSeconds=10]']);
		expect(jobs).toMatchObject([{ jobId: jobIds()[0] }]);
		expect(lists()).toHaveLength(3);
	});

	test('with Stop Workflow and Retry On Fail the item has the job as well', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const { jobs, error } = await execute(createNode(name, {}, retryOnFail), ['A cat', 'A dog']);
		expect(error).toBeUndefined();
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(jobIds()).toHaveLength(2);
	});

	test.each([
		['without a callback', {}],
		['with one', withCallback],
	])('equal items have a job each, %s', async (_how, parameters) => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true, times: 3 });
		const { jobs } = await create(Array(5).fill('A cat') as string[], parameters);
		expect(simulator.ledger).toHaveLength(5);
		expect(creates()).toHaveLength(5);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
	});

	test('an equal item that was not accepted does not get the job of another', async () => {
		failCreate({ kind: 'delay', delayMs: 0 });
		failCreate({ kind: 'resetBeforeHeaders' });
		const { jobs, failed } = await create(['A cat', 'A cat', 'A cat']);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(jobIds()).toHaveLength(2);
		expect(failed).toMatchObject([{ details: { failure: { code: 'outcome_unknown' } } }]);
	});

	test('different items are still created in parallel', async () => {
		failCreate({ kind: 'hang' });
		await create(['A cat', 'A dog']);
		const [first, second] = creates();
		expect(second?.at).toBe(first?.at);
	});

	test('an equal job from before is not taken', async () => {
		// One of another program, and one of another execution of the node.
		await createJob(simulator, name, 'A cat');
		await create(['A cat']);
		await passSeconds(2);
		failCreate({ kind: 'resetBeforeHeaders' });
		const { jobs, failed } = await create(['A cat']);
		expect(jobs).toEqual([]);
		expect(failed).toMatchObject([{ details: { failure: { code: 'outcome_unknown' } } }]);
	});

	test('the clock of this machine is of no importance', async () => {
		setClock(-3600_000);
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const { jobs } = await create(['A cat']);
		setClock(3600_000);
		expect(jobs).toMatchObject([{ jobId: jobIds()[0] }]);
	});

	test('a canceled execution looks once, and starts no equal job that was waiting', async () => {
		failCreate({ kind: 'resetBeforeHeaders' });
		let cancel = (): void => undefined;
		const running = execute(createNode(name, {}, continueError), ['A cat', 'A cat'], {
			onStart: (stop) => (cancel = stop),
		});
		await until(() => creates().length === 1);
		cancel();
		await running;
		await passSeconds(30);
		expect(creates()).toHaveLength(1);
		expect(lists()).toHaveLength(1);
	});

	test('two equal jobs since the create: both are named, and none is taken', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const running = create(['A cat']);
		await until(() => simulator.ledger.length === 1);
		await createJob(simulator, name, 'A cat');
		const { jobs, failed } = await running;
		expect(jobs).toEqual([]);
		const [item] = failed as Array<{ details: { failure: { code: string; message: string } } }>;
		expect(item?.details.failure.code).toBe('outcome_unknown');
		for (const id of jobIds()) expect(item?.details.failure.message).toContain(id);
		expect(jobIds()).toHaveLength(2);
	});

	test('the marker in the callback distinguishes equal jobs', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const running = create(['A cat'], withCallback);
		await until(() => simulator.ledger.length === 1);
		const [ours] = jobIds();
		await createJob(simulator, name, 'A cat');
		await create(['A cat'], withCallback);
		expect((await running).jobs).toMatchObject([{ jobId: ours }]);
		expect(jobIds()).toHaveLength(3);
	});

	test('a callback that has a marker already, from another job, gets one more', async () => {
		const callbackUrl = 'https://example.com/hook?veo_create=of-another-job#end';
		const copied = { options: { callbackUrl } };
		failCreate({ kind: 'resetBeforeHeaders' });
		const running = create(['A cat'], copied);
		await until(() => creates().length === 1);
		await create(['A dog'], copied);
		expect((await running).jobs).toEqual([]);
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		expect((await create(['A cat'], copied)).jobs).toMatchObject([{ jobId: jobIds()[1] }]);
	});

	test('the callback keeps its address, and gets a parameter that differs each time', async () => {
		await create(['A cat', 'A cat'], withCallback);
		const sent = simulator.ledger.map(({ fields }) => JSON.stringify(fields));
		const markers = sent.map((fields) => /hook\?a=b%20c&veo_create=([\w-]{36})"/.exec(fields)?.[1]);
		expect(new Set(markers).size).toBe(2);
		expect(markers).not.toContain(undefined);
	});

	test('jobs with another input or another model are not taken', async () => {
		failCreate({ kind: 'resetBeforeHeaders' });
		const running = create(['A cat']);
		await until(() => creates().length === 1);
		await createJob(simulator, name, 'A cat ');
		await create(['A cat'], { aspectRatio: '9:16' });
		await create(['A cat'], { options: { seed: 1 } });
		await create(['A cat'], { model: model(String(otherModel)) });
		expect((await running).jobs).toEqual([]);
		expect(jobIds()).toHaveLength(4);
	});
	const otherModel = (providers[name] as Provider).create.models[1]?.id;

	test.each([
		[150, 'found', 2],
		[700, 'named as unknown', 3 * 6],
	])('behind %i newer jobs it is %s', async (newer, outcome, listed) => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const running = create(['A cat']);
		await until(() => simulator.ledger.length === 1);
		for (let made = 0; made < newer; made++) await createJob(simulator, name, 'A dog');
		const { jobs } = await running;
		expect(jobs).toMatchObject(outcome === 'found' ? [{ jobId: jobIds()[0] }] : []);
		expect(lists()).toHaveLength(listed);
	});

	test.each<[string, Omit<Fault, 'route'>, number]>([
		['once', { kind: 'status', httpStatus: 500 }, 2],
		['once, with a rate limit', { kind: 'status', httpStatus: 429, retryAfterSeconds: 20 }, 2],
		['twice', { kind: 'resetMidBody', times: 2 }, 3],
	])('a list that fails %s is read again', async (_how, fault, listed) => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		failList(fault);
		const { jobs } = await create(['A cat']);
		expect(jobs).toMatchObject([{ jobId: jobIds()[0] }]);
		expect(lists()).toHaveLength(listed);
		const [first, second] = lists();
		const waitedMs = Number(second?.at) - Number(first?.at);
		expect(waitedMs).toBeGreaterThanOrEqual((fault.retryAfterSeconds ?? 4) * 1000);
	});

	test.each<[string, Omit<Fault, 'route'>, number]>([
		['fails every time', { kind: 'status', httpStatus: 500, times: 9 }, 3],
		['is refused', { kind: 'status', httpStatus: 403 }, 1],
		['is empty', { kind: 'text', text: '{"results":[]}', times: 9 }, 3],
		['asks to wait for an hour', { kind: 'status', httpStatus: 429, retryAfterSeconds: 3600 }, 1],
	])('where the list %s the outcome is unknown, soon', async (_how, fault, listed) => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		failList(fault);
		const startedAt = Date.now();
		const { jobs, failed } = await create(['A cat']);
		expect(Date.now() - startedAt).toBeLessThan(75_000);
		expect(jobs).toEqual([]);
		expect(failed).toMatchObject([{ details: { failure: { code: 'outcome_unknown' } } }]);
		expect(creates()).toHaveLength(1);
		expect(lists()).toHaveLength(listed);
	});

	test('an answer that is clear needs no list', async () => {
		failCreate({ kind: 'status', httpStatus: 422 });
		const { jobs, failed } = await create(['A cat', 'A dog']);
		expect([jobs.length, failed.length]).toEqual([1, 1]);
		expect(lists()).toEqual([]);
	});
});

test('replicate: an equal job from just before is not taken where the list takes its time', async () => {
	const before = new Date(fastClock.now()).toISOString();
	const input = { prompt: 'A cat', aspect_ratio: '16:9' };
	const other = { id: 'other', model: 'google/veo-3.1-fast', input, status: 'starting' };
	const list = { results: [{ ...other, version: 'hidden', created_at: before }], next: null };
	let lists = 0;
	host.answer(({ method }, response) => {
		if (method === 'POST') {
			response.destroy();
			return;
		}
		lists++;
		const date = new Date(fastClock.now()).toUTCString();
		response.writeHead(200, { 'content-type': 'application/json', date }).flushHeaders();
		setTimeout(() => response.end(JSON.stringify(list)), 10_000);
	});
	await passSeconds(5);
	const at = withCredential('replicate', { baseUrl: host.baseUrl });
	const { jobs, failed } = await execute(createNode('replicate', {}, continueError), ['A cat'], at);
	expect(jobs).toEqual([]);
	expect(failed).toMatchObject([{ details: { failure: { code: 'outcome_unknown' } } }]);
	expect(lists).toBe(3);
});

test.each([
	['in an error', 500, '{"id":"own","error":"Oops"}'],
	['in a part of an answer', 201, '{"id":"own","model":"google/veo-3.1-f'],
])(
	'replicate: a job that is named %s is not taken for an equal one',
	async (_how, status, text) => {
		const input = { prompt: 'A cat', aspect_ratio: '16:9' };
		const equal = { model: 'google/veo-3.1-fast', version: 'hidden', input, status: 'starting' };
		const listed = ['other'];
		host.answer(({ method }, response) => {
			if (method === 'POST') {
				response.writeHead(status, { 'content-type': 'application/json' }).end(text);
				return;
			}
			const created_at = new Date(fastClock.now()).toISOString();
			const date = new Date(fastClock.now()).toUTCString();
			response.writeHead(200, { 'content-type': 'application/json', date });
			const results = listed.map((id) => ({ ...equal, id, created_at }));
			response.end(JSON.stringify({ results, next: null }));
		});
		const node = createNode('replicate', {}, continueError);
		const at = withCredential('replicate', { baseUrl: host.baseUrl });
		const { jobs, failed } = await execute(node, ['A cat'], at);
		expect(jobs).toEqual([]);
		expect(JSON.stringify(failed)).toContain('(it names the job own)');
		listed.push('own');
		expect((await execute(node, ['A cat'], at)).jobs).toMatchObject([{ jobId: 'own' }]);
	},
);
