import { fastClock } from './fastTime';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { INodeExecutionData, IRun } from 'n8n-workflow';
import { providerNames, providers } from '../../nodes/providers';
import type { WorkflowFile } from '../../workbench/engine/engine';
import { runWorkflow } from '../../workbench/engine/engine';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { example, fields, table } from '../exampleFiles';
import type { Outside } from '../outside';
import { startOutside } from '../outside';
import { image } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import {
	credentialsFor,
	credentialsWith,
	errorOf,
	itemsOf,
	jobsOf,
	mediaOf,
	model,
	runsOf,
} from './workflow';

/*
 * The examples that need nothing but nodes the workbench stands in for. All of them run in a real n8n
 * in test/n8n/examples.test.ts, and the one with an agent in test/n8n/agent.test.ts.
 */

let simulator: Simulator;
let outside: Outside;
useSimulator(fastClock, (started) => (simulator = started));

beforeAll(async () => {
	outside = await startOutside();
});
afterAll(async () => {
	await outside.close();
});

async function run(
	file: WorkflowFile,
	items?: INodeExecutionData[],
	credentials = credentialsFor(simulator),
): Promise<IRun> {
	return await runWorkflow(file, { credentials, items });
}

/** The execution ended well, and its last node gave this video. */
async function expectVideo(done: IRun, nodeName: string, media = 'landscape-8s'): Promise<void> {
	expect(done.data.resultData.error).toBeUndefined();
	expect(done.status).toBe('success');
	const [item] = itemsOf(done, nodeName);
	expect(item?.json).toMatchObject({ status: 'succeeded' });
	expect(await mediaOf(item)).toBe(media);
}

test.each(providerNames)('text to video, with %s chosen in both nodes', async (provider) => {
	const { models } = providers[provider].create;
	const { id = '' } = models.find(({ imageModes }) => imageModes.includes('none')) ?? {};
	const file = example('text-to-video', {
		'Veo Create': { provider, model: model(id) },
		'Veo Poll Until Done': { provider },
	});
	await expectVideo(await run(file), 'Veo Poll Until Done');
	expect(simulator.ledger.map(({ provider }) => provider)).toEqual([provider]);
});

test('image to video, from two uploaded pictures', async () => {
	const upload = (fileName: string) => ({
		fileName,
		mimeType: 'image/png',
		data: image.toString('base64'),
	});
	const binary = { First_Frame: upload('first.png'), Last_Frame: upload('last.png') };
	const done = await run(example('image-to-video'), [{ json: { Prompt: 'A shoe' }, binary }]);
	await expectVideo(done, 'Wait for Video');
	expect(simulator.ledger[0]).toMatchObject({
		prompt: 'A shoe',
		fields: { input_reference: [{ fileName: 'first.png' }, { fileName: 'last.png' }] },
	});
});

test('a batch from a table: a bad row does not stop the others', async () => {
	const row = (name: string, ending: string) => ({
		name,
		prompt: `${name} [sim ending=${ending}]`,
		product: `https://example.com/${name}.png`,
		style: 'https://example.com/style.png',
	});
	const rows = [row('shoe', 'success'), row('bag', 'safety'), row('cup', 'success')];
	const file = example('batch-with-reference-images', { 'Video Table': table({ rows }) });
	const done = await run(file);
	await expectVideo(done, 'Finished Videos');
	const names = itemsOf(done, 'Finished Videos').map(({ binary }) => binary?.video?.fileName);
	expect(names).toEqual(['shoe.mp4', 'cup.mp4']);
	const { jobId } = simulator.ledger[1] ?? {};
	expect(jobsOf(done, 'Failed Rows')).toEqual([
		{ name: 'bag', reason: expect.stringContaining(`Job ${jobId} failed`), jobId },
	]);
	expect(simulator.ledger[0]?.fields.images).toEqual([rows[0]?.product, rows[0]?.style]);
});

test('the table of the batch as it stands', async () => {
	const done = await run(example('batch-with-reference-images'));
	await expectVideo(done, 'Finished Videos');
	expect(itemsOf(done, 'Finished Videos')).toHaveLength(3);
});

describe('a 15-second video', () => {
	const withFirstPrompt = (prompt: string) =>
		example('fifteen-second-video', { 'Two Prompts': fields({ prompt, promptExtend: 'On' }) });

	test('as it stands', async () => {
		const done = await run(example('fifteen-second-video'));
		await expectVideo(done, 'Finished Video', 'landscape-15s');
		expect(simulator.ledger).toHaveLength(1);
	});

	test('a failed extension is tried again once', async () => {
		const done = await run(withFirstPrompt('A boat [sim ending=extend_failed]'));
		await expectVideo(done, 'Finished Video', 'landscape-15s');
		const operations = simulator.ledger.map(({ operation, prompt }) => [operation, prompt]);
		expect(operations).toEqual([
			['createExtended', 'A boat [sim ending=extend_failed]'],
			['retryExtension', 'On'],
		]);
	});

	test('what failed otherwise is not', async () => {
		const done = await run(withFirstPrompt('A boat [sim ending=generate_failed]'));
		expect(errorOf(done).message).toContain(simulator.ledger[0]?.jobId);
		expect(simulator.ledger).toHaveLength(1);
	});
});

describe('a video every day', () => {
	let folder: string;
	beforeAll(() => {
		folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-videos-'));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	const daily = () => {
		const file = example('scheduled-content', {
			'Save Video': { fileName: `=${folder}/{{ $now.toISODate() }}.mp4` },
			'Tell the Team': { url: outside.chatUrl },
			'Tell What Failed': { url: outside.chatUrl },
		});
		const node = file.nodes.find(({ name }) => name === 'Prompts of the Week');
		const text = node?.parameters.jsonOutput as string;
		const { prompts } = JSON.parse(text) as { prompts: string[] };
		return { file, prompts };
	};

	test('the prompt of the weekday is made, saved and told', async () => {
		const { file, prompts } = daily();
		const weekday = new Date().toLocaleDateString('en', {
			weekday: 'long',
			timeZone: 'America/New_York',
		});
		await run(file);
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual([
			prompts.find((prompt) => prompt.startsWith(weekday)),
		]);
		const [told] = outside.told.splice(0);
		const fileName = told?.replace('The video of the day: ', '') ?? '';
		expect(readFileSync(fileName).equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test.each([
		['a job that is refused', 'ending=no_credit'],
		['a job that fails', 'ending=failed'],
	])('%s is told', async (_which, directive) => {
		const { file } = daily();
		const prompts = Array(7).fill(`A boat [sim ${directive}]`);
		Object.assign(
			file.nodes.find(({ name }) => name === 'Prompts of the Week')?.parameters ?? {},
			table({ prompts }),
		);
		expect((await run(file)).status).toBe('success');
		expect(outside.told.splice(0)).toEqual([expect.stringMatching(/^No video today\. .*DeerAPI/)]);
	});
});

describe('failover', () => {
	test('the first provider makes the video where it can', async () => {
		await expectVideo(await run(example('failover')), 'Finished Video');
		expect(simulator.ledger.map(({ provider }) => provider)).toEqual(['deerApi']);
	});

	test.each([402, 403, 429, 401])(
		'the second one does when the first says %i',
		async (httpStatus) => {
			simulator.failNext({
				provider: 'deerApi',
				route: 'create',
				kind: 'status',
				httpStatus,
				times: 10,
			});
			await expectVideo(await run(example('failover')), 'Finished Video');
			expect(simulator.ledger.map(({ provider }) => provider)).toEqual(['deepWl']);
		},
	);

	test('the second one does when nobody is at the address of the first', async () => {
		const credentials = credentialsWith(simulator, 'deerApi', { baseUrl: 'http://127.0.0.1:9' });
		await expectVideo(await run(example('failover'), undefined, credentials), 'Finished Video');
		expect(simulator.ledger.map(({ provider }) => provider)).toEqual(['deepWl']);
	});

	test.each(['resetBeforeHeaders', 'html', 'truncatedJson'] as const)(
		'nothing more is bought when the answer of the first is lost (%s)',
		async (kind) => {
			simulator.failNext({ provider: 'deerApi', route: 'create', kind, acceptFirst: true });
			const done = await run(example('failover'));
			expect(errorOf(done).message).toContain('may have been started and paid for');
			expect(runsOf(done, 'Create at Second Provider')).toEqual([]);
			expect(simulator.ledger.map(({ provider }) => provider)).toEqual(['deerApi']);
		},
	);

	test('nothing more is bought when the first made a job that failed', async () => {
		const prompt = 'A boat [sim ending=failed]';
		const done = await run(example('failover', { 'Video Idea': fields({ prompt }) }));
		expect(errorOf(done).message).toContain(simulator.ledger[0]?.jobId);
		expect(simulator.ledger).toHaveLength(1);
	});
});
