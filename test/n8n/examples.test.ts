import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { INodeExecutionData, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import type { FilledIn } from '../exampleFiles';
import { example, exampleNames, fields, isOurs, table } from '../exampleFiles';
import { image } from '../simulator/calls';
import type { Outside } from '../outside';
import { startOutside } from '../outside';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { Credentials } from './workflows';
import { createCredentials, until } from './workflows';

/*
 * Each example as a person meets it: imported as it stands, filled in where its note says so, and
 * started by its own trigger. All of them run at the same time, because each is suspended for 65 seconds.
 */

const start = 'When clicking ‘Execute workflow’';
const longestRunMs = 280_000;
// Still running at the first look, so that every example is suspended once.
const seconds = 30;

let stage: OpenStage;
let simulator: Simulator;
let outside: Outside;
let client: N8nClient;
let credentials: Credentials;
let plays: ReturnType<typeof playAll>;

beforeAll(async () => {
	stage = await openStage(15_760);
	({ client, simulator } = stage);
	outside = await startOutside();
	credentials = await createCredentials(client, simulator);
	await playBeforeTheOthers();
	say('playing the examples together (about two and a half minutes)');
	plays = playAll();
});

afterAll(async () => {
	await stage?.close();
	await outside?.close();
});

/** Imports an example and chooses the credentials. */
async function imported(name: string, filledIn: FilledIn = {}, chosen = credentials) {
	const file = example(name, filledIn);
	const nodes = file.nodes.map((node) => (isOurs(node) ? { ...node, credentials: chosen } : node));
	return await client.createWorkflow({ ...file, nodes });
}

/** Imports an example and runs it as "Execute workflow" does, to its end. */
async function played(name: string, filledIn: FilledIn = {}, chosen = credentials) {
	const { id } = await imported(name, filledIn, chosen);
	return await ended(await client.runManually(id, start));
}

const ended = async (executionId: string) => await client.untilExecution(executionId, longestRunMs);

const prompt = (text: string, ending = 'success') =>
	`${text} [sim seconds=${seconds} ending=${ending}]`;

const itemsOf = ({ data }: Execution, name: string, output = 0): INodeExecutionData[] =>
	data.resultData.runData[name]?.at(-1)?.data?.main?.[output] ?? [];
const jsonsOf = (execution: Execution, name: string) =>
	itemsOf(execution, name).map(({ json }) => json);
const hasRun = ({ data }: Execution, name: string) => name in data.resultData.runData;

/** What was bought for a prompt that begins so. */
const bought = (start: string) => simulator.ledger.filter((each) => each.prompt.startsWith(start));

async function expectVideo(item: INodeExecutionData | undefined): Promise<void> {
	expect(item?.json).toMatchObject({ status: 'succeeded' });
	const file = item?.binary?.video;
	if (file === undefined) throw new Error('There is no video');
	const bytes = await client.download(file);
	expect(
		bytes.equals(videoBytes('landscape-8s')) || bytes.equals(videoBytes('landscape-15s')),
	).toBe(true);
}

/** Starts everything at once. A play that fails does so in its own test. */
function playAll() {
	const all = {
		text: played('text-to-video', { 'Veo Create': { prompt: prompt('Text') } }),
		image: playImage(),
		batch: playBatch(),
		fifteen: playFifteen('Whole', 'success'),
		retried: playFifteen('Half', 'extend_failed'),
		neither: playFifteen('None', 'generate_failed'),
		scheduled: playScheduled(),
		notScheduled: playScheduled('failed'),
		first: playFailover('First'),
		second: playFailover('Second', withWrongKey()),
		approved: playReview('Approve'),
		rejected: playReview('Reject'),
	};
	for (const play of Object.values(all)) play.catch(() => undefined);
	return all;
}

test('n8n knows every node, version and parameter', async () => {
	const types = await client.send<INodeTypeDescription[]>('GET', '/types/nodes.json');
	for (const name of exampleNames) {
		for (const node of example(name).nodes) {
			const { typeVersion } = node;
			const type = types.find(
				(each) => each.name === node.type && [each.version].flat().includes(typeVersion),
			);
			if (type === undefined) throw new Error(`${name}: ${node.type} ${typeVersion} is unknown`);
			const known = NodeHelpers.getNodeParameters(
				type.properties,
				node.parameters,
				true,
				false,
				{ typeVersion },
				type,
			);
			expect(known).toMatchObject(node.parameters);
			const filled = { ...node, parameters: known ?? {} };
			expect(NodeHelpers.getNodeParametersIssues(type.properties, filled, type)).toBeNull();
		}
	}
});

test('text to video', async () => {
	const run = await plays.text;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Veo Poll Until Done')[0]);
	expect(bought('Text')).toHaveLength(1);
});

const webhookIdOf = (name: string, nodeName: string) =>
	example(name).nodes.find((node) => node.name === nodeName)?.webhookId;

/** A person opens the form and uploads two pictures. */
async function playImage(): Promise<Execution> {
	const workflow = await imported('image-to-video');
	await client.publish(workflow);
	const form = new FormData();
	form.set('field-0', prompt('Image'));
	form.set('field-1', new Blob([image], { type: 'image/png' }), 'first.png');
	form.set('field-2', new Blob([image], { type: 'image/png' }), 'last.png');
	const address = `${stage.baseUrl}/form/${webhookIdOf('image-to-video', 'Upload Two Pictures')}`;
	const page = await (await fetch(address)).text();
	expect(page).toContain('Picture to video');
	expect(page).toContain('Your video is being made');
	expect((await fetch(address, { method: 'POST', body: form })).status).toBe(200);
	const [execution] = await client.executionsOf(workflow.id);
	return await ended(execution?.id ?? '');
}

test('image to video, from two uploaded pictures', async () => {
	const run = await plays.image;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Wait for Video')[0]);
	const [purchase] = bought('Image');
	const file = { mimeType: 'image/png', bytes: image };
	expect(purchase?.fields.input_reference).toEqual([
		{ fileName: 'first.png', ...file },
		{ fileName: 'last.png', ...file },
	]);
});

async function playBatch(): Promise<Execution> {
	const row = (name: string, ending?: string) => ({
		name,
		prompt: prompt(`Batch ${name}`, ending),
		product: `https://example.com/${name}.png`,
		style: 'https://example.com/style.png',
	});
	const rows = [row('shoe'), row('bag', 'safety'), row('old', 'retired'), row('cup')];
	return await played('batch-with-reference-images', { 'Video Table': table({ rows }) });
}

test('a batch from a table: a bad row does not stop the others', async () => {
	const run = await plays.batch;
	expect(run.status).toBe('success');
	const finished = itemsOf(run, 'Finished Videos');
	for (const item of finished) await expectVideo(item);
	expect(finished.map(({ binary }) => binary?.video?.fileName)).toEqual(['shoe.mp4', 'cup.mp4']);
	const failed = run.data.resultData.runData['Failed Rows']?.flatMap(
		({ data }) => data?.main?.[0] ?? [],
	);
	const [bag] = bought('Batch bag');
	expect(failed?.map(({ json }) => json)).toEqual([
		{ name: 'bag', reason: expect.stringContaining(bag?.jobId ?? ''), jobId: bag?.jobId },
		{ name: 'old', reason: expect.stringContaining('no longer available'), jobId: null },
	]);
	expect(bought('Batch shoe')[0]?.fields.images).toEqual([
		'https://example.com/shoe.png',
		'https://example.com/style.png',
	]);
	expect(bought('Batch')).toHaveLength(3);
});

const playFifteen = async (name: string, ending: string) =>
	await played('fifteen-second-video', {
		'Two Prompts': fields({
			prompt: prompt(name, ending),
			promptExtend: `${name}, extended [sim seconds=${seconds}]`,
		}),
	});

test('a 15-second video', async () => {
	const run = await plays.fifteen;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(bought('Whole')).toHaveLength(1);
});

test('a failed extension is tried again once, and the first 8 seconds are not paid for again', async () => {
	const run = await plays.retried;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(bought('Half').map(({ operation }) => operation)).toEqual([
		'createExtended',
		'retryExtension',
	]);
});

test('what failed otherwise is not tried again', async () => {
	const run = await plays.neither;
	expect(run.status).toBe('error');
	const [purchase] = bought('None');
	expect(run.data.resultData.error?.message).toContain(purchase?.jobId);
	expect(bought('None')).toHaveLength(1);
});

/** The schedule fires by itself: every ten seconds here, and once. */
async function playScheduled(ending = 'success'): Promise<Execution> {
	const videos = path.join(stage.userFolder, '.n8n-files');
	mkdirSync(videos, { recursive: true });
	const workflow = await imported('scheduled-content', {
		'Every Day at 9': { rule: { interval: [{ field: 'seconds', secondsInterval: 10 }] } },
		'Prompts of the Week': table({ prompts: Array(7).fill(prompt(`Daily ${ending}`, ending)) }),
		'Save Video': { fileName: `=${videos}/{{ $now.toISODate() }}.mp4` },
		'Tell the Team': { url: outside.chatUrl },
		'Tell What Failed': { url: outside.chatUrl },
	});
	await client.publish(workflow);
	await until(async () => (await client.executionsOf(workflow.id)).length > 0);
	await client.unpublish(workflow.id);
	const executions = await client.executionsOf(workflow.id);
	return await ended(executions.at(-1)?.id ?? '');
}

test('a video every day is saved, and the team is told', async () => {
	const run = await plays.scheduled;
	expect(run.status).toBe('success');
	const { fileName } = jsonsOf(run, 'Save Video')[0] ?? {};
	expect(fileName).toMatch(/\/\d{4}-\d\d-\d\d\.mp4$/);
	expect(readFileSync(String(fileName)).equals(videoBytes('landscape-8s'))).toBe(true);
	expect(outside.told).toContain(`The video of the day: ${String(fileName)}`);
});

test('a video of the day that fails is told too', async () => {
	const run = await plays.notScheduled;
	expect(run.status).toBe('success');
	expect(hasRun(run, 'Save Video')).toBe(false);
	const [purchase] = bought('Daily failed');
	expect(outside.told).toContainEqual(
		expect.stringContaining(`No video today. Job ${purchase?.jobId} failed`),
	);
});

const playFailover = async (name: string, chosen = Promise.resolve(credentials)) =>
	await played('failover', { 'Video Idea': fields({ prompt: prompt(name) }) }, await chosen);

async function withWrongKey(): Promise<Credentials> {
	const { id, name } = await client.createCredential('Old key', 'veoDeerApi', {
		apiKey: 'sk-old',
		baseUrl: simulator.baseUrl('deerApi'),
	});
	return { ...credentials, veoDeerApi: { id, name } };
}

/** These meet a provider that answers nobody right, so they play before the others. */
let lost: Execution;
let noCredit: string;

async function playBeforeTheOthers(): Promise<void> {
	simulator.failNext({
		provider: 'deerApi',
		route: 'create',
		kind: 'resetBeforeHeaders',
		acceptFirst: true,
	});
	lost = await playFailover('Lost');
	simulator.failNext({ provider: 'deerApi', route: 'create', kind: 'status', httpStatus: 402 });
	const { id } = await imported('failover', { 'Video Idea': fields({ prompt: prompt('Poor') }) });
	noCredit = await client.runManually(id, start);
	await until(async () => bought('Poor').length > 0);
}

test('failover: the first provider makes the video where it can', async () => {
	const run = await plays.first;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(bought('First').map(({ provider }) => provider)).toEqual(['deerApi']);
});

test.each([
	['its key is refused', 'Second', async () => await plays.second],
	['it is out of credit', 'Poor', async () => await ended(noCredit)],
])('failover: the second provider makes it when %s', async (_why, name, play) => {
	const run = await play();
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(bought(name).map(({ provider }) => provider)).toEqual(['deepWl']);
});

test('failover: nothing more is bought when the first provider gave no clear answer', () => {
	expect(lost.status).toBe('error');
	expect(lost.data.resultData.error?.message).toContain('may have been started and paid for');
	expect(hasRun(lost, 'Create at Second Provider')).toBe(false);
	expect(bought('Lost').map(({ provider }) => provider)).toEqual(['deerApi']);
});

/** A person follows the link in the chat, looks at the form, and decides. */
async function playReview(decision: string): Promise<Execution> {
	const name = `Review ${decision}`;
	const workflow = await imported('review-before-posting', {
		'Video Idea': fields({ prompt: prompt(name) }),
		'Ask for Review': { url: outside.chatUrl },
		'Post Video': { url: outside.postUrl },
		'Tell What Was Rejected': { url: outside.chatUrl },
	});
	const executionId = await client.runManually(workflow.id, start);
	const link = () =>
		outside.told
			.find((text) => text.includes(`/form-waiting/${executionId}`))
			?.match(/http\S+/)?.[0];
	await until(async () => await Promise.resolve(link() !== undefined), longestRunMs);
	await client.untilExecution(executionId, 20_000, (status) => status === 'waiting');
	const page = await (await fetch(link() ?? '')).text();
	expect(page).toContain('Review the video');
	expect(page).toContain(`${simulator.cdnOrigin}/cdn/`);
	const form = new FormData();
	form.set('field-1', decision);
	form.set('field-2', 'Too dark');
	await fetch(link() ?? '', { method: 'POST', body: form });
	return await ended(executionId);
}

test('review: an approved video is posted', async () => {
	const run = await plays.approved;
	expect(run.status).toBe('success');
	expect(hasRun(run, 'Tell What Was Rejected')).toBe(false);
	expect(outside.posted.map((bytes) => bytes.equals(videoBytes('landscape-8s')))).toEqual([true]);
});

test('review: a rejected video is not posted, and the reason is told', async () => {
	const run = await plays.rejected;
	expect(run.status).toBe('success');
	expect(hasRun(run, 'Post Video')).toBe(false);
	expect(outside.told).toContain(`Rejected: ${prompt('Review Reject')}. Too dark`);
});
