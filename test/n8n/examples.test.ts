import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { INode, INodeExecutionData, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers, setSafeRegexEngine } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import type { FilledIn } from '../exampleFiles';
import { example, exampleNames, fields, isOurs, rehearse, table } from '../exampleFiles';
import { image } from '../simulator/calls';
import type { Outside } from '../outside';
import { startOutside } from '../outside';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { Credentials } from './workflows';
import { itemsOf, jsonsOf, until } from './workflows';

/*
 * Each branch of each example in a real n8n: imported as it stands, filled in where its note says so, and
 * started by its own trigger. All of them run at the same time, because each is suspended for 65 seconds.
 * What else may happen in them: test/engine/examples.test.ts; the one with an agent: agent.test.ts.
 */

const start = 'When clicking ‘Execute workflow’';
const longestRunMs = 280_000;
// Still running at the first check, so that every example is suspended once.
const seconds = 30;

// n8n's own engine gives an expression 250 ms of real time, which a busy machine may not.
setSafeRegexEngine({
	exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
	test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
	replace: (pattern, input, flags, by) => input.replace(new RegExp(pattern, flags), by),
	matchAll: (pattern, input, flags = '') => [
		...input.matchAll(new RegExp(pattern, flags.includes('g') ? flags : `${flags}g`)),
	],
	split: (pattern, input, flags) => input.split(new RegExp(pattern, flags)),
});

let stage: OpenStage;
let simulator: Simulator;
let outside: Outside;
let client: N8nClient;
let plays: ReturnType<typeof playAll>;

beforeAll(async () => {
	stage = await openStage(15_760);
	({ client, simulator } = stage);
	outside = await startOutside();
	say('playing the examples together (about two and a half minutes)');
	plays = playAll();
});

afterAll(async () => {
	await stage?.close();
	await outside?.close();
});

/** Imports an example and chooses the credentials. */
async function importExample(
	name: string,
	filledIn: FilledIn = {},
	credentials = stage.credentials,
) {
	const file = example(name, filledIn);
	const nodes = file.nodes.map((node) => (isOurs(node) ? { ...node, credentials } : node));
	return await client.createWorkflow({ ...file, nodes });
}

/** Imports an example and runs it as "Execute workflow" does, to its end. */
async function play(...imported: Parameters<typeof importExample>) {
	const { id } = await importExample(...imported);
	return await ended(await client.runManually(id, start));
}

const ended = async (executionId: string) => await client.untilExecution(executionId, longestRunMs);

const prompt = (text: string, ending = 'success') =>
	`${text} [sim seconds=${seconds} ending=${ending}]`;

const hasRun = ({ data }: Execution, name: string) => name in data.resultData.runData;

/** The paid jobs whose prompt begins so. */
const paid = (start: string) => simulator.ledger.filter((each) => each.prompt.startsWith(start));

async function expectVideo(item: INodeExecutionData | undefined): Promise<void> {
	expect(item?.json).toMatchObject({ status: 'succeeded' });
	const file = item?.binary?.video;
	if (file === undefined) throw new Error('There is no video');
	const bytes = await client.download(file);
	expect(
		bytes.equals(videoBytes('landscape-8s')) || bytes.equals(videoBytes('landscape-15s')),
	).toBe(true);
}

type Rehearsed = (node: INode) => INode;
const succeeding: Rehearsed = (node) => rehearse(node);
const refused: Rehearsed = (node) => rehearse(node, 'contentPolicy');
const withoutExtension: Rehearsed = (node) =>
	rehearse(node, node.name === 'Retry Extension' ? 'succeeded' : 'firstSegment');

/** Imports an example as a person does who has no credential yet and wants to see what happens. */
async function importRehearsal(name: string, filledIn: FilledIn = {}, change = succeeding) {
	const file = example(name, filledIn);
	return await client.createWorkflow({ ...file, nodes: file.nodes.map(change) });
}

async function playRehearsal(
	name: string,
	{ filledIn, change, trigger = start }: RehearsalSettings = {},
): Promise<Execution> {
	const { id } = await importRehearsal(name, filledIn, change);
	return await ended(await client.runManually(id, trigger));
}

interface RehearsalSettings {
	filledIn?: FilledIn;
	change?: Rehearsed;
	trigger?: string;
}

/** One after the other: a rehearsal takes seconds. */
async function playRehearsals() {
	const daily = { filledIn: dailySettings('rehearsed'), trigger: 'Every Day at 9' };
	return {
		text: await playRehearsal('text-to-video'),
		oneNode: await playRehearsal('one-node'),
		image: await playImage('form-test'),
		batch: await playRehearsal('batch-with-reference-images'),
		fifteen: await playRehearsal('fifteen-second-video', { change: withoutExtension }),
		scheduled: await playRehearsal('scheduled-content', daily),
		refused: await playRehearsal('scheduled-content', { ...daily, change: refused }),
		failover: await playRehearsal('failover'),
		review: await playReview('Approve', importRehearsal),
	};
}

/** Starts everything at once. A play that fails does so in its own test. */
function playAll() {
	const all = {
		text: play('text-to-video', { 'Veo Create': { prompt: prompt('Text') } }),
		oneNode: play('one-node', { 'Veo Create': { prompt: prompt('One node') } }),
		image: playImage(),
		batch: playBatch(),
		fifteen: playFifteen('Whole', 'success'),
		retried: playFifteen('Half', 'extend_failed'),
		scheduled: playScheduled(),
		notScheduled: playScheduled('failed'),
		first: playFailover('First'),
		second: playFailoverWithWrongKey(),
		approved: playReview('Approve'),
		rejected: playReview('Reject'),
		rehearsals: playRehearsals(),
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
	expect(paid('Text')).toHaveLength(1);
});

test('one node', async () => {
	const run = await plays.oneNode;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Veo Create')[0]);
	expect(paid('One node')).toHaveLength(1);
});

const webhookIdOf = (name: string, nodeName: string) =>
	example(name).nodes.find((node) => node.name === nodeName)?.webhookId;

/** A person opens the form and uploads two pictures. */
async function playImage(forms: 'form' | 'form-test' = 'form'): Promise<Execution> {
	const importIt = forms === 'form' ? importExample : importRehearsal;
	const workflow = await importIt('image-to-video');
	// n8n publishes no workflow without its credentials.
	if (forms === 'form') await client.publish(workflow);
	else await client.listen(workflow.id, 'Upload Two Pictures');
	const form = new FormData();
	form.set('field-0', prompt(forms === 'form' ? 'Image' : 'Rehearsed image'));
	form.set('field-1', new Blob([image], { type: 'image/png' }), 'first.png');
	form.set('field-2', new Blob([image], { type: 'image/png' }), 'last.png');
	const address = `${stage.baseUrl}/${forms}/${webhookIdOf('image-to-video', 'Upload Two Pictures')}`;
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
	const [job] = paid('Image');
	const file = { mimeType: 'image/png', bytes: image };
	expect(job?.fields.input_reference).toEqual([
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
	return await play('batch-with-reference-images', { 'Video Table': table({ rows }) });
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
	const [bag] = paid('Batch bag');
	expect(failed?.map(({ json }) => json)).toEqual([
		{ name: 'bag', reason: expect.stringContaining(bag?.jobId ?? ''), jobId: bag?.jobId },
		{ name: 'old', reason: expect.stringContaining('no longer available'), jobId: null },
	]);
	expect(paid('Batch shoe')[0]?.fields.images).toEqual([
		'https://example.com/shoe.png',
		'https://example.com/style.png',
	]);
	expect(paid('Batch')).toHaveLength(3);
});

const playFifteen = async (name: string, ending: string) =>
	await play('fifteen-second-video', {
		'Two Prompts': fields({
			prompt: prompt(name, ending),
			promptExtend: `${name}, extended [sim seconds=${seconds}]`,
		}),
	});

test('a 15-second video', async () => {
	const run = await plays.fifteen;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(paid('Whole')).toHaveLength(1);
});

test('a failed extension is retried once, and the first 8 seconds are not paid for again', async () => {
	const run = await plays.retried;
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(paid('Half').map(({ operation }) => operation)).toEqual([
		'createExtended',
		'retryExtension',
	]);
});

function dailySettings(name: string): FilledIn {
	const videos = path.join(stage.userFolder, '.n8n-files');
	mkdirSync(videos, { recursive: true });
	return {
		'Save Video': { fileName: `=${videos}/${name}-{{ $now.toISODate() }}.mp4` },
		'Tell the Team': { url: outside.chatUrl },
		'Tell What Failed': { url: outside.chatUrl },
	};
}

/** The schedule fires by itself: every ten seconds here, and once. */
async function playScheduled(ending = 'success'): Promise<Execution> {
	const workflow = await importExample('scheduled-content', {
		...dailySettings(ending),
		'Every Day at 9': { rule: { interval: [{ field: 'seconds', secondsInterval: 10 }] } },
		'Prompts of the Week': table({ prompts: Array(7).fill(prompt(`Daily ${ending}`, ending)) }),
	});
	await client.publish(workflow);
	await until(async () => (await client.executionsOf(workflow.id)).length > 0);
	await client.unpublish(workflow.id);
	const executions = await client.executionsOf(workflow.id);
	return await ended(executions.at(-1)?.id ?? '');
}

test('a video every day is saved and announced', async () => {
	const run = await plays.scheduled;
	expect(run.status).toBe('success');
	const { fileName } = jsonsOf(run, 'Save Video')[0] ?? {};
	expect(fileName).toMatch(/-\d{4}-\d\d-\d\d\.mp4$/);
	expect(readFileSync(String(fileName)).equals(videoBytes('landscape-8s'))).toBe(true);
	expect(outside.messages).toContain(`The video of the day: ${String(fileName)}`);
});

test('a video of the day that fails is announced too', async () => {
	const run = await plays.notScheduled;
	expect(run.status).toBe('success');
	expect(hasRun(run, 'Save Video')).toBe(false);
	const [job] = paid('Daily failed');
	expect(outside.messages).toContainEqual(
		expect.stringContaining(`No video today. Job ${job?.jobId} failed`),
	);
});

const playFailover = async (name: string, changed: Credentials = {}) =>
	await play(
		'failover',
		{ 'Video Idea': fields({ prompt: prompt(name) }) },
		{ ...stage.credentials, ...changed },
	);

async function playFailoverWithWrongKey(): Promise<Execution> {
	const { id, name } = await client.createCredential('Old key', 'veoDeerApi', {
		apiKey: 'sk-old',
		baseUrl: simulator.baseUrl('deerApi'),
	});
	return await playFailover('Second', { veoDeerApi: { id, name } });
}

test.each([
	['the first provider makes the video', 'first', 'First', 'deerApi'],
	['the second one makes it when the first refuses the key', 'second', 'Second', 'deepWl'],
] as const)('failover: %s', async (_title, which, name, provider) => {
	const run = await plays[which];
	expect(run.status).toBe('success');
	await expectVideo(itemsOf(run, 'Finished Video')[0]);
	expect(paid(name).map(({ provider }) => provider)).toEqual([provider]);
});

/** A person follows the link in the chat, looks at the form, and decides. */
async function playReview(
	decision: string,
	importIt: (name: string, filledIn: FilledIn) => ReturnType<typeof importExample> = importExample,
): Promise<Execution> {
	const name = importIt === importExample ? `Review ${decision}` : 'Rehearsed review';
	const workflow = await importIt('review-before-posting', {
		'Video Idea': fields({ prompt: prompt(name) }),
		'Ask for Review': { url: outside.chatUrl },
		'Post Video': { url: outside.postUrl },
		'Tell What Was Rejected': { url: outside.chatUrl },
	});
	const executionId = await client.runManually(workflow.id, start);
	const link = () =>
		outside.messages
			.find((text) => text.includes(`/form-waiting/${executionId}`))
			?.match(/http\S+/)?.[0];
	await until(async () => await Promise.resolve(link() !== undefined), longestRunMs);
	await client.untilExecution(executionId, 20_000, (status) => status === 'waiting');
	const page = await (await fetch(link() ?? '')).text();
	expect(page).toContain('Review the video');
	const videos =
		importIt === importExample ? `${simulator.cdnOrigin}/cdn/` : 'https://example.com/';
	expect(page).toContain(videos);
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
	// Beside that of the rehearsal.
	const posted = outside.posted.filter((bytes) => bytes.equals(videoBytes('landscape-8s')));
	expect(posted).toHaveLength(1);
});

test('review: a rejected video is not posted, and the chat gets the reason', async () => {
	const run = await plays.rejected;
	expect(run.status).toBe('success');
	expect(hasRun(run, 'Post Video')).toBe(false);
	expect(outside.messages).toContain(`Rejected: ${prompt('Review Reject')}. Too dark`);
});

test('each runs in rehearsal from end to end without a credential, and nothing is sent', async () => {
	const runs = Object.entries(await plays.rehearsals);
	const results = runs.map(([name, { status, data }]) => [
		name,
		status,
		data.resultData.error?.message,
	]);
	expect(results).toEqual(runs.map(([name]) => [name, 'success', undefined]));
	const made = runs
		.filter(([name]) => name !== 'refused')
		.flatMap(([, run]) => rehearsedVideos(run));
	expect(made).toHaveLength(10);
	for (const file of made) expect((await client.download(file)).includes('ftypisom')).toBe(true);
	expect(outside.messages).toContainEqual(
		expect.stringMatching(/^No video today\. Job rehearsal-/),
	);
	expect(paid('Rehearsed')).toEqual([]);
	expect(simulator.ledger.filter(({ prompt: sent }) => !sent.includes('[sim'))).toEqual([]);
});

/** The files of the rehearsals that an execution waited for. */
const rehearsedVideos = ({ data }: Execution) =>
	Object.values(data.resultData.runData)
		.map((runs) => runs.at(-1)?.data?.main?.[0] ?? [])
		.map((items) => items.filter(({ json }) => json.rehearsal === true))
		.map((items) => items.flatMap(({ binary }) => binary?.video ?? []))
		.find((files) => files.length > 0) ?? [];
