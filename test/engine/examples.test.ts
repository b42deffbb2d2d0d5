import { execute, expectVideos, simulator, startedPrompts, withCredential } from './scene';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { providerNames, providers } from '../../nodes/providers';
import { example, fields, table } from '../exampleFiles';
import type { Outside } from '../outside';
import { startOutside } from '../outside';
import { itemsOf, model, runsOf } from './workflow';

/*
 * What the examples do with each provider and with each answer. All of them run in a real n8n in
 * test/n8n/examples.test.ts, and the one with an agent in test/n8n/agent.test.ts.
 */

const startedAt = () => simulator.ledger.map(({ provider }) => provider);

test.each(providerNames)('text to video, with %s chosen in both nodes', async (provider) => {
	const { models } = providers[provider].create;
	const { id = '' } = models.find(({ imageModes }) => imageModes.includes('none')) ?? {};
	const file = example('text-to-video', {
		'Veo Create': { provider, model: model(id) },
		'Veo Poll Until Done': { provider },
	});
	const { run } = await execute(file, [{}]);
	await expectVideos(itemsOf(run, 'Veo Poll Until Done'));
	expect(startedAt()).toEqual([provider]);
});

test('one node', async () => {
	const { run } = await execute(example('one-node'), [{}]);
	await expectVideos(itemsOf(run, 'Veo Create'));
	expect(startedAt()).toEqual(['deerApi']);
});

test('a 15-second video: what failed otherwise than its extension is not tried again', async () => {
	const prompt = 'A boat [sim ending=generate_failed]';
	const prompts = fields({ prompt, promptExtend: 'On' });
	const { text } = await execute(example('fifteen-second-video', { 'Two Prompts': prompts }), [{}]);
	expect(text).toContain(simulator.ledger[0]?.jobId);
	expect(simulator.ledger).toHaveLength(1);
});

describe('a video every day', () => {
	let outside: Outside;
	beforeAll(async () => {
		outside = await startOutside();
	});
	afterAll(async () => await outside.close());

	const daily = (filledIn = {}) =>
		example('scheduled-content', {
			'Save Video': { fileName: path.join(tmpdir(), 'n8n-nodes-veo-daily.mp4') },
			'Tell the Team': { url: outside.chatUrl },
			'Tell What Failed': { url: outside.chatUrl },
			...filledIn,
		});

	test('the prompt is that of the weekday', async () => {
		await execute(daily(), [{}]);
		const weekday = new Date().toLocaleDateString('en', {
			weekday: 'long',
			timeZone: 'America/New_York',
		});
		expect(startedPrompts()).toEqual([expect.stringMatching(new RegExp(`^${weekday}`))]);
		expect(outside.messages.splice(0)).toEqual([expect.stringMatching(/^The video of the day: /)]);
	});

	test('a refusal is announced', async () => {
		const prompts = Array(7).fill('A boat [sim ending=no_credit]');
		await execute(daily({ 'Prompts of the Week': table({ prompts }) }), [{}]);
		expect(outside.messages.splice(0)).toEqual([
			expect.stringMatching(/^No video today\. .*DeerAPI/),
		]);
	});
});

describe('failover', () => {
	const toSecond = ['deerApi', 'deepWl'];
	const onCreate = { provider: 'deerApi', route: 'create' } as const;

	test.each([402, 403, 429, 401])(
		'the second provider is used when the first answers %i',
		async (status) => {
			simulator.failNext({ ...onCreate, kind: 'status', httpStatus: status, times: 10 });
			const { run, error } = await execute(example('failover'), [{}]);
			expect(error).toBeUndefined();
			await expectVideos(itemsOf(run, 'Finished Video'));
			expect(startedAt()).toEqual(toSecond.slice(1));
		},
	);

	test('the second provider is used when nothing is at the address of the first', async () => {
		const changed = withCredential('deerApi', { baseUrl: 'http://127.0.0.1:9' });
		const { run } = await execute(example('failover'), [{}], changed);
		await expectVideos(itemsOf(run, 'Finished Video'));
		expect(startedAt()).toEqual(toSecond.slice(1));
	});

	test('nothing more is bought when the answer of the first is lost', async () => {
		simulator.failNext({ ...onCreate, kind: 'html', acceptFirst: true });
		const { run, text } = await execute(example('failover'), [{}]);
		expect(text).toContain('may have been started and paid for');
		expect(runsOf(run, 'Create at Second Provider')).toEqual([]);
		expect(startedAt()).toEqual(['deerApi']);
	});

	test('nothing more is bought when the first made a job that failed', async () => {
		const prompt = 'A boat [sim ending=failed]';
		const { text } = await execute(example('failover', { 'Video Idea': fields({ prompt }) }), [{}]);
		expect(text).toContain(simulator.ledger[0]?.jobId);
		expect(startedAt()).toEqual(['deerApi']);
	});
});
