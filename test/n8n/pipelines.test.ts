import { mkdirSync, readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import type { INode } from 'n8n-workflow';
import { createRehearsalId } from '../../nodes/rehearsal/rehearsal';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import type { FilledIn } from '../exampleFiles';
import { example, fields, rehearse } from '../exampleFiles';
import type { Google } from '../internet/google';
import { createGoogle } from '../internet/google';
import type { Internet } from '../internet/internet';
import { startInternet } from '../internet/internet';
import type { OpenAi } from '../internet/openAi';
import { createOpenAi } from '../internet/openAi';
import type { Posting } from '../internet/posting';
import { createPosting } from '../internet/posting';
import type { Telegram } from '../internet/telegram';
import { createTelegram } from '../internet/telegram';
import { image } from '../simulator/calls';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { VideoTable } from './videoTable';
import { createVideoTable, videoColumns } from './videoTable';
import type { Credentials } from './workflows';
import { create, inARow, itemsOf, jsonsOf, manualTrigger, until } from './workflows';

/*
 * The examples that reach from a row, an idea or a message to a posted video, in a real n8n: first all of
 * them in rehearsal, without a credential for a provider, and then against the simulator. The data table is
 * n8n's own; the other services are simulated at their real addresses.
 */

const worlds = ['rehearsal', 'simulator'] as const;
type World = (typeof worlds)[number];

const longestRunMs = 280_000;
const manualStart = 'When clicking ‘Execute workflow’';
// Still running at the first check, so that every example is suspended once.
const seconds = 30;

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;
let internet: Internet;
let google: Google;
let openAi: OpenAi;
let posting: Posting;
let telegram: Telegram;
let table: VideoTable;
/** The credentials for the services around the video. */
let others: Credentials;
let videosFolder: string;

beforeAll(async () => {
	[google, posting, telegram] = [createGoogle(), createPosting(), createTelegram()];
	openAi = createOpenAi(writeOutput);
	internet = await startInternet([google, posting, telegram, openAi]);
	stage = await openStage(15_768, { environment: internet.environment });
	({ client, simulator } = stage);
	videosFolder = path.join(stage.userFolder, '.n8n-files');
	mkdirSync(videosFolder, { recursive: true });
	table = await createVideoTable(client);
	others = await createOtherCredentials();
});

afterAll(async () => {
	await stage?.close();
	await internet?.close();
});

test('nothing else was called', () => {
	expect(internet.unknownHosts).toEqual([]);
});

/** What the model writes, in the fields that the example asks for. */
function writeOutput(said: string): string {
	const asked = (before: string) => new RegExp(`${before}: (.*)`).exec(said)?.[1] ?? '';
	const story = asked('tell this story together');
	const scenes = ['finds', 'reads', 'smiles'].map((verb) => `${story} He ${verb}.`);
	const prompt = asked('short video of 8 seconds');
	const video = { prompt, title: 'To the sea', description: 'A boat. It swims.' };
	const output = story === '' ? video : { scenes };
	return `\`\`\`json\n${JSON.stringify({ output })}\n\`\`\``;
}

async function createOtherCredentials(): Promise<Credentials> {
	const created: Credentials = {};
	const create = async (type: string, values: Record<string, string>) => {
		created[type] = await client.createCredential(type, type, values);
	};
	await create('openAiApi', { apiKey: openAi.key, url: 'https://api.openai.com/v1' });
	await create('telegramApi', {
		accessToken: telegram.token,
		baseUrl: 'https://api.telegram.org',
	});
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	await create('googleApi', {
		email: 'videos@project.iam.gserviceaccount.com',
		privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
	});
	await create('httpHeaderAuth', posting.header);
	await create('youTubeOAuth2Api', { clientId: 'client', clientSecret: 'secret' });
	await signInToYouTube(created.youTubeOAuth2Api?.id ?? '');
	return created;
}

/** A person allows n8n to upload: Google sends the browser back to n8n with a code. */
async function signInToYouTube(credentialId: string): Promise<void> {
	const page = await client.send<string>('GET', `/rest/oauth2-credential/auth?id=${credentialId}`);
	const state = new URL(page).searchParams.get('state') ?? '';
	const query = new URLSearchParams({ code: 'allowed', state });
	await client.open(`/rest/oauth2-credential/callback?${query}`);
}

let imports: Promise<unknown> = Promise.resolve();

/** An example as a person has it after choosing the credentials, and in a rehearsal after adding the option. */
async function importExample(
	world: World,
	name: string,
	filledIn: FilledIn = {},
	more: Credentials = {},
) {
	const file = example(name, filledIn);
	const own = world === 'simulator' ? stage.credentials : {};
	const credentials = { ...own, ...others, ...more };
	const nodes = file.nodes.map((node) => {
		const played = world === 'rehearsal' ? rehearse(node, outcomeOf(node)) : node;
		return { ...played, credentials };
	});
	// One after the other: n8n on SQLite has one connection to write.
	const imported = imports.then(async () => await client.createWorkflow({ ...file, nodes }));
	imports = imported.catch(() => undefined);
	return await imported;
}

/** How a rehearsal ends: as its prompt says. */
function outcomeOf({ parameters }: INode): string {
	const [, expression = "''"] = /^=\{\{(.*)\}\}$/.exec(String(parameters.prompt)) ?? [];
	return `={{ String(${expression}).includes('unsafe') ? 'contentPolicy' : 'succeeded' }}`;
}

/** Imports an example and runs it as "Execute workflow" does, to its end. */
async function play(
	world: World,
	name: string,
	start: string,
	filledIn: FilledIn = {},
): Promise<Execution> {
	const { id } = await importExample(world, name, filledIn);
	return await ended(await client.runManually(id, start));
}

const ended = async (executionId: string) => await client.untilExecution(executionId, longestRunMs);

/** A prompt of this world that begins with its name. */
const promptFor = (world: World, text: string, more = '') =>
	world === 'simulator'
		? `simulator: ${text} [sim seconds=${seconds} ${more}]`
		: `rehearsal: ${text}`;

/** The paid jobs whose prompt holds a text. */
const paid = (text: string) => simulator.ledger.filter(({ prompt }) => prompt.includes(text));

/** Whether these bytes are the video that the world makes. */
const isVideo = (world: World, bytes: Buffer | undefined, upright = false) =>
	world === 'simulator'
		? bytes?.equals(videoBytes(upright ? 'portrait-8s' : 'landscape-8s')) === true
		: bytes?.includes('ftypisom') === true;

/** The executions of a published workflow, once there are so many. */
async function executionsOf(workflowId: string, count: number): Promise<Execution[]> {
	await until(async () => (await client.executionsOf(workflowId)).length >= count);
	const executions = await client.executionsOf(workflowId);
	return await Promise.all(executions.map(async ({ id }) => await ended(id)));
}

const inFolder = (file: string) => ({ fileName: `=${videosFolder}/${file}` });

describe.each(worlds)('in %s', (world) => {
	let plays: ReturnType<typeof playAll>;

	/** Starts everything at once. A play that fails does so in its own test. */
	function playAll() {
		const loop = playLoop();
		const telegram = playAfter(loop, playTelegram);
		const photo = playAfter(telegram, playPhoto);
		const all = {
			queue: playQueue(),
			collect: playCollect(),
			sheet: playSheet(),
			loop,
			scenes: playScenes(),
			telegram,
			youTube: playYouTube(),
			photo,
		};
		for (const each of Object.values(all)) each.catch(() => undefined);
		return all;
	}

	/** Opens a form or a bot. n8n publishes no workflow without its credentials, so a rehearsal is for one call. */
	async function open(workflow: { id: string; versionId: string }, trigger: string): Promise<void> {
		if (world === 'simulator') await client.publish(workflow);
		else await client.listen(workflow.id, trigger);
	}

	/**
	 * One of them waits for its call at a time: while n8n 2.41 removes the test webhook of one, it cannot add that
	 * of another (TestWebhooks.deactivateWebhooks, "Maximum call stack size exceeded").
	 */
	async function playAfter<Played>(before: Promise<unknown>, start: () => Promise<Played>) {
		if (world === 'rehearsal') await before.catch(() => undefined);
		return await start();
	}

	/** A person sends the form of an example. */
	async function submit(name: string, formName: string, values: Record<string, string | Blob>) {
		const { webhookId } = example(name).nodes.find((node) => node.name === formName) ?? {};
		const body = new FormData();
		for (const [field, value] of Object.entries(values)) body.set(field, value);
		const forms = world === 'simulator' ? 'form' : 'form-test';
		const answer = await fetch(`${stage.baseUrl}/${forms}/${webhookId}`, { method: 'POST', body });
		expect(answer.status).toBe(200);
	}

	beforeAll(() => {
		say(`playing the pipelines together in ${world}`);
		plays = playAll();
	});

	test('nothing is paid for in a rehearsal', async () => {
		await Promise.allSettled(Object.values(plays));
		expect(simulator.ledger.filter(({ prompt }) => prompt.includes('rehearsal'))).toEqual([]);
		if (world === 'rehearsal') expect(simulator.calls).toEqual([]);
	});

	const queued = (text: string, more?: string) => ({
		prompt: promptFor(world, text, more),
		status: 'queued',
	});
	const queueFiles = () => ({ 'Save Video': inFolder(`${world}-{{ $json.id }}.mp4`) });

	/** Three rows, and the table as it is during the suspension. */
	async function playQueue() {
		await table.insert([
			queued('row of a boat'),
			queued('row that is unsafe', 'ending=safety'),
			{ prompt: `${world}: row of last week`, status: 'done' },
		]);
		const { id } = await importExample(world, 'queue-data-table', queueFiles());
		const first = await client.runManually(id, 'Every 10 Minutes');
		await until(async () => (await table.rows(`${world}: row of a boat`))[0]?.jobId !== null);
		const during = await table.rows(`${world}: row`);
		// The schedule goes on: nothing is left for the next one.
		const second = await ended(await client.runManually(id, 'Every 10 Minutes'));
		return { run: await ended(first), during, second };
	}

	test('queue: the job ID is in the row before the waiting starts', async () => {
		const { run, during } = await plays.queue;
		expectSuccess(run);
		expect(during).toMatchObject([
			{ status: 'running', jobId: expect.stringMatching(/./), videoUrl: null },
			{ status: expect.stringMatching(/running|creating/) },
			{ status: 'done', jobId: null },
		]);
	});

	test('queue: a video makes its row done, and a refusal makes it failed', async () => {
		const { during } = await plays.queue;
		const [boat, unsafe, old] = await table.rows(`${world}: row`);
		expect(boat).toMatchObject({
			...{ status: 'done', jobId: during[0]?.jobId, code: '' },
			videoUrl: expect.stringMatching(/^http/),
			usage: expect.stringMatching(world === 'simulator' ? /"predict_time":\d/ : /^{}$/),
		});
		expect(unsafe).toMatchObject({ status: 'failed', code: 'content_policy', videoUrl: null });
		expect(old).toMatchObject({ status: 'done', jobId: null });
		const file = readFileSync(path.join(videosFolder, `${world}-${boat?.id}.mp4`));
		expect(isVideo(world, file)).toBe(true);
	});

	test('queue: no row is bought twice', async () => {
		const { second } = await plays.queue;
		expect(second.data.resultData.runData).not.toHaveProperty('Create Videos');
		const expected = world === 'simulator' ? 2 : 0;
		expect(paid(`${world}: row`)).toHaveLength(expected);
	});

	/** A job that was left alone, and with a credential another one that no provider knows. */
	async function playCollect() {
		const unknown = { prompt: `${world}: left, unknown`, status: 'running', jobId: 'unknown' };
		await table.insert([
			{ prompt: `${world}: left`, status: 'running', jobId: await leaveJob() },
			...(world === 'simulator' ? [unknown] : []),
		]);
		return await play(world, 'collect-jobs', 'Every Morning at 7', queueFiles());
	}

	async function leaveJob(): Promise<string> {
		if (world === 'rehearsal') {
			const shape = { aspectRatio: '16:9', isExtended: false, outcome: 'succeeded' } as const;
			return createRehearsalId({ ...shape, startedAt: Date.now() });
		}
		const { id } = await client.createWorkflow(
			inARow(
				'Left',
				manualTrigger(),
				create(stage.credentials, {
					provider: 'replicate',
					prompt: promptFor(world, 'left alone'),
				}),
			),
		);
		const run = await ended(await client.runManually(id, 'Start'));
		return String(jsonsOf(run, 'Veo Create')[0]?.jobId);
	}

	test('collect: a job that was left alone gets its video, and nothing is bought', async () => {
		const run = await plays.collect;
		expectSuccess(run);
		const [left, unknown] = await table.rows(`${world}: left`);
		expect(left).toMatchObject({ status: 'done', videoUrl: expect.stringMatching(/^http/) });
		const file = readFileSync(path.join(videosFolder, `${world}-${left?.id}.mp4`));
		expect(isVideo(world, file)).toBe(true);
		expect(paid('left alone')).toHaveLength(world === 'simulator' ? 1 : 0);
		if (world === 'rehearsal') return;
		expect(unknown).toMatchObject({ status: 'failed', code: 'job_not_found', videoUrl: null });
	});

	/** The same queue in a sheet; row 1 has the names of the columns. */
	async function playSheet() {
		google.rows.splice(
			0,
			Infinity,
			videoColumns,
			[promptFor(world, 'cell of a boat'), 'queued'],
			[`${world}: cell of last week`, 'done'],
			[promptFor(world, 'cell that is unsafe', 'ending=safety'), 'queued'],
		);
		const statuses: string[] = [];
		google.onChange = () => statuses.push(google.rows[1]?.slice(1, 3).join(' ') ?? '');
		const address = `https://docs.google.com/spreadsheets/d/${google.spreadsheetId}/edit`;
		const document = { documentId: { __rl: true, mode: 'url', value: address } };
		const sheets = ['Queued Rows', 'Take Row', 'Save Job ID', 'Row Done', 'Row Failed'];
		const run = await play(world, 'queue-google-sheets', 'Every 10 Minutes', {
			'Save Video': inFolder(`${world}-row-{{ $json.row_number }}.mp4`),
			...Object.fromEntries(sheets.map((name) => [name, document])),
		});
		return { run, statuses, rows: structuredClone(google.rows) };
	}

	test('sheet: the rows go from queued to done or failed, with the job ID before the end', async () => {
		const { run, statuses, rows } = await plays.sheet;
		expectSuccess(run);
		const [, boat = [], old, unsafe = []] = rows;
		const jobId = String(boat[2]);
		expect([...new Set(statuses)].map((each) => each.trim())).toEqual([
			...['creating', `running ${jobId}`, `done ${jobId}`],
		]);
		expect(boat[3]).toMatch(/^http/);
		expect(boat[4]).toMatch(world === 'simulator' ? /"predict_time":\d/ : /^{}$/);
		expect(old?.[1]).toBe('done');
		expect([unsafe[1], unsafe[3] ?? '', unsafe[5]]).toEqual(['failed', '', 'content_policy']);
		const file = readFileSync(path.join(videosFolder, `${world}-row-2.mp4`));
		expect(isVideo(world, file)).toBe(true);
		expect(paid(`${world}: cell`)).toHaveLength(world === 'simulator' ? 2 : 0);
	});

	/** A person fills in the forms: the one before the nodes, and in the simulator that of the old loop too. */
	async function playLoop() {
		const videos = `${simulator.baseUrl('deerApi')}/v1/videos`;
		const key = { name: 'Authorization', value: `Bearer ${simulator.key('deerApi')}` };
		const workflow = await importExample(
			world,
			'replace-wait-loop',
			{
				'Start Job': { url: videos },
				'Check Job': { url: `=${videos}/{{ $('Start Job').item.json.id }}` },
				'Download Video': { url: `=${videos}/{{ $json.id }}/content` },
				Wait: { amount: 10 },
			},
			{ httpHeaderAuth: await client.createCredential('DeerAPI', 'httpHeaderAuth', key) },
		);
		const forms = world === 'simulator' ? ['Form (After)', 'Form (Before)'] : ['Form (After)'];
		await open(workflow, 'Form (After)');
		for (const name of forms) {
			await submit('replace-wait-loop', name, { 'field-0': promptFor(world, name) });
		}
		return await executionsOf(workflow.id, forms.length);
	}

	test('loop: both ways end with the same video', async () => {
		const runs = await plays.loop;
		runs.forEach(expectSuccess);
		const files = ['Veo Poll Until Done', 'Download Video'].flatMap((name) =>
			runs.flatMap((run) => itemsOf(run, name).flatMap(({ binary }) => binary?.video ?? [])),
		);
		const expected = runs.map(() => true);
		const bytes = await Promise.all(files.map(async (file) => await client.download(file)));
		expect(bytes.map((each) => isVideo(world, each))).toEqual(expected);
		if (world === 'rehearsal') return;
		expect(paid('Form (').map(({ provider }) => provider)).toEqual(['deerApi', 'deerApi']);
	});

	const playScenes = async () =>
		await play(world, 'scenes', manualStart, {
			'Your Story': fields({
				story: promptFor(world, 'a story'),
				character: 'An old man',
				picture1: 'https://example.com/1.png',
				picture2: 'https://example.com/2.png',
			}),
		});

	test('scenes: three clips of the same character, in the order of the story', async () => {
		const run = await plays.scenes;
		expectSuccess(run);
		const clips = itemsOf(run, 'Clips in Order');
		expect(clips).toMatchObject(
			['finds', 'reads', 'smiles'].map((verb, index) => ({
				json: {
					...{ status: 'succeeded', scene: index + 1, scenes: 3 },
					prompt: `${promptFor(world, 'a story')} He ${verb}.`,
				},
				binary: { video: { fileName: `scene-${index + 1}.mp4` } },
			})),
		);
		for (const clip of clips) {
			const file = clip.binary?.video;
			expect(isVideo(world, file && (await client.download(file)))).toBe(true);
		}
		const created = paid('a story');
		expect(created).toHaveLength(world === 'simulator' ? 3 : 0);
		for (const { fields: sent } of created) {
			expect(sent.image_urls).toEqual(['https://example.com/1.png', 'https://example.com/2.png']);
		}
	});

	/** A person writes to the bot, once well, once something unsafe, and once for a large video. */
	async function playTelegram() {
		const texts = [
			promptFor(world, 'message about a boat'),
			promptFor(world, 'message that is unsafe', 'ending=safety'),
			...(world === 'simulator' ? [promptFor(world, 'large message', 'bytes=60000000')] : []),
		];
		const workflow = await importExample(world, 'telegram-bot', {
			'Telegram Trigger': { additionalFields: { userIds: '1,2,3' } },
		});
		const before = telegram.sent.length;
		for (const [index, text] of texts.entries()) {
			if (index === 0 || world === 'rehearsal') await open(workflow, 'Telegram Trigger');
			await until(async () => await Promise.resolve(telegram.isListening()));
			expect(await telegram.write(text, index + 1)).toBe(200);
			if (world === 'rehearsal') await executionsOf(workflow.id, index + 1);
		}
		if (world === 'simulator') expect(await telegram.write('For a stranger', 4)).toBe(200);
		const runs = await executionsOf(workflow.id, texts.length);
		return { runs, sent: telegram.sent.slice(before) };
	}

	test('telegram: each person is answered at once, and then with what became of the video', async () => {
		const { runs, sent } = await plays.telegram;
		runs.forEach(expectSuccess);
		const sentTo = (chatId: number) => sent.filter((each) => each.chatId === String(chatId));
		const working = { kind: 'message', text: expect.stringMatching(/^Working on it/) };
		const [first, video] = sentTo(1);
		expect(first).toMatchObject(working);
		expect(video?.kind === 'video' && isVideo(world, video.bytes)).toBe(true);
		expect(sentTo(2)).toMatchObject([
			working,
			{ kind: 'message', text: expect.stringMatching(/^There is no video\. .*failed at Fal\.ai/) },
		]);
		if (world === 'rehearsal') return;
		expect(sentTo(3)).toMatchObject([
			working,
			{ kind: 'message', text: expect.stringMatching(/too large for Telegram.*http\S+/) },
		]);
		expect(sentTo(4)).toEqual([]);
		expect(paid('message')).toHaveLength(3);
	});

	const playYouTube = async () =>
		await play(world, 'idea-to-youtube', manualStart, {
			'Your Idea': fields({ idea: promptFor(world, 'an idea') }),
		});

	test('youTube: the video is uploaded with the title that the model wrote, private at first', async () => {
		const run = await plays.youTube;
		expectSuccess(run);
		expect(jsonsOf(run, 'Upload to YouTube')).toMatchObject([{ uploadId: expect.any(String) }]);
		const upload = google.uploads.at(-1);
		expect(upload).toMatchObject({ title: 'To the sea', privacyStatus: 'private' });
		expect(isVideo(world, upload?.bytes, true)).toBe(true);
		expect(paid('an idea')).toHaveLength(world === 'simulator' ? 1 : 0);
	});

	async function playPhoto(): Promise<Execution | undefined> {
		const workflow = await importExample(world, 'product-photo-to-post');
		await open(workflow, 'Upload Product Photo');
		await submit('product-photo-to-post', 'Upload Product Photo', {
			'field-0': new Blob([image], { type: 'image/png' }),
			'field-1': promptFor(world, 'by the sea'),
			'field-2': `A shoe, in ${world}`,
		});
		return (await executionsOf(workflow.id, 1))[0];
	}

	test('photo: the picture of the model becomes the first frame, and the link is posted', async () => {
		const run = await plays.photo;
		expectSuccess(run);
		const edit = openAi.edits.find(({ prompt }) => prompt.includes(world));
		expect(edit?.picture.equals(image)).toBe(true);
		const link = expect.stringMatching(world === 'simulator' ? /^http/ : /^https:\/\/example\.com/);
		expect(posting.posts).toContainEqual({ text: `A shoe, in ${world}`, mediaUrls: [link] });
		const [job] = paid('by the sea');
		expect(job?.fields.image_url !== undefined).toBe(world === 'simulator');
	});
});

/** The execution ended well; if not, its error is shown. */
function expectSuccess(run: Execution | undefined): void {
	const { lastNodeExecuted, error } = run?.data.resultData ?? {};
	expect([run?.status, lastNodeExecuted, error?.message]).toEqual([
		'success',
		lastNodeExecuted,
		undefined,
	]);
}
