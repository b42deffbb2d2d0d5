import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames, manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { at, call, send, textAt } from './calls';
import { createJob, status, wordAfter } from './creates';
import { durationSeconds } from './mp4';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

describe('a job from its create to its end', () => {
	test.each([
		['deerApi', ['queued', 'in_progress', 'in_progress', 'completed']],
		['deepWl', ['pending', 'processing', 'processing', 'completed']],
		['newApiRemix', ['SUBMITTED', 'IN_PROGRESS', 'IN_PROGRESS', 'SUCCESS']],
		['apimp', ['not_started', 'running', 'running', 'finished']],
		['eronmind', ['pending', 'video_generating', 'video_upsampling', 'completed']],
		['deerApiChat', ['pending', 'video_generating', 'video_upsampling', 'completed']],
		['deepWlVideos', ['queued', 'processing', 'processing', 'completed']],
		['eronmindVideos', ['queued', 'processing', 'processing', 'completed']],
		['openAiVideos', ['queued', 'in_progress', 'in_progress', 'completed']],
	] as const)('%s', async (gateway, words) => {
		const jobId = await createJob(simulator, gateway, 'A cat');
		const seen = [];
		for (const elapsedMs of [5_000, 25_000, 20_000, 10_000]) {
			seen.push(await wordAfter(simulator, clock, gateway, jobId, elapsedMs));
		}
		expect(seen).toEqual(words);
	});

	test('progress, as each gateway writes it', async () => {
		const ids = new Map<GatewayName, string>();
		for (const gateway of gatewayNames) {
			ids.set(gateway, await createJob(simulator, gateway, 'A cat [sim seconds=100]'));
		}
		clock.advance(64_000);
		const body = async (gateway: GatewayName) =>
			(await status(simulator, gateway, ids.get(gateway) ?? '')).json;

		expect(await body('deerApi')).toMatchObject({ progress: 60 });
		expect(await body('deepWl')).toMatchObject({ progress: 60 });
		expect(await body('newApiRemix')).toMatchObject({ progress: '60%', data: { progress: 60 } });
		expect(await body('apimp')).toMatchObject({ data: { progress: 60, files: [] } });
		expect(await body('eronmind')).not.toHaveProperty('progress');

		clock.advance(9_000);
		expect(await body('deepWl')).not.toHaveProperty('progress');
	});

	test.each(gatewayNames)('%s: a file at the end', async (gateway) => {
		const jobId = await createJob(simulator, gateway, 'A cat');
		clock.advance(60_000);
		const { json } = await status(simulator, gateway, jobId);
		const links: Record<GatewayName, string[]> = {
			deerApi: [],
			openAiVideos: [],
			deepWl: ['video_url'],
			deepWlVideos: ['video_url'],
			eronmindVideos: ['video_url'],
			deerApiChat: ['video_url'],
			newApiRemix: ['data', 'video_url'],
			apimp: ['data', 'files', '0', 'file_url'],
			eronmind: ['video_url'],
		};
		const file =
			links[gateway].length === 0
				? await call(simulator, gateway, 'GET', `/v1/videos/${jobId}/content`)
				: await send(textAt(json, ...links[gateway]));

		expect(file.httpStatus).toBe(200);
		expect(file.headers['content-type']).toBe('video/mp4');
		expect(file.bytes.toString('latin1', 4, 8)).toBe('ftyp');
		expect(durationSeconds(file.bytes)).toBe(gateway === 'newApiRemix' ? 15 : 8);
		if (links[gateway].length > 0) {
			expect(textAt(json, ...links[gateway])).toMatch(simulator.cdnOrigin);
			expect(simulator.calls.at(-1)).toMatchObject({ origin: 'foreign', httpStatus: 200 });
			expect(simulator.calls.at(-1)?.headers).not.toHaveProperty('authorization');
		}
	});

	test('a job of DeerAPI ends as its query page shows', async () => {
		const jobId = await createJob(simulator, 'deerApi', 'A cat [sim seconds=340]');
		clock.advance(400_000);
		const { json } = await status(simulator, 'deerApi', jobId);
		const createdAt = Number(at(json, 'created_at'));
		expect(json).toMatchObject({
			completed_at: createdAt + 340,
			expires_at: createdAt + 340 + 3600,
			error: null,
			progress: 100,
		});
		expect(Object.keys(json as object)).toHaveLength(12);
	});
});

describe('remix', () => {
	const json = { prompt: 'It jumps', model: 'veo_3_1-extend' };

	test('DeepWL: a new job of 15 seconds, asked for as any other', async () => {
		const first = await createJob(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const answer = await call(simulator, 'deepWl', 'POST', `/v1/videos/${first}/remix`, { json });
		expect(answer.json).toMatchObject({ remixed_from_video_id: first, quality: '' });
		const jobId = textAt(answer.json, 'id');
		expect(jobId).not.toBe(first);
		clock.advance(60_000);
		const done = await status(simulator, 'deepWl', jobId);
		expect(durationSeconds((await send(textAt(done.json, 'video_url'))).bytes)).toBe(15);
		expect(simulator.ledger.map(({ kind }) => kind)).toEqual(['create', 'extend']);
	});

	test("DeepWL: the formats tell about each other's jobs", async () => {
		const unified = await createJob(simulator, 'deepWl', 'A cat');
		const video = await createJob(simulator, 'deepWlVideos', 'A cat');
		expect((await status(simulator, 'deepWlVideos', unified)).json).toMatchObject({
			id: unified,
			object: 'video',
			status: 'queued',
		});
		expect((await status(simulator, 'deepWl', video)).json).toMatchObject({
			id: video,
			status: 'pending',
		});
	});

	test('the 15-second gateway: extending a finished job', async () => {
		const first = await createJob(simulator, 'newApiRemix', 'A cat [sim seconds=0]');
		const path = `/v1/videos/${first}/remix`;
		const answer = await call(simulator, 'newApiRemix', 'POST', path, { json });
		clock.advance(60_000);
		const done = await status(simulator, 'newApiRemix', textAt(answer.json, 'task_id'));
		expect(done.json).toMatchObject({ action: 'remixGenerate', status: 'SUCCESS' });
		expect(simulator.ledger.at(-1)).toMatchObject({ kind: 'extend', prompt: 'It jumps' });
	});

	test('the 15-second gateway: extension failed, kept 8 seconds, tried again', async () => {
		const prompt = 'A cat [sim ending=extend_failed seconds=0]';
		const failedId = await createJob(simulator, 'newApiRemix', prompt);
		const failed = (await status(simulator, 'newApiRemix', failedId)).json;
		expect(durationSeconds((await send(textAt(failed, 'data', 'video_url'))).bytes)).toBe(8);

		const remixId = textAt(failed, 'data', 'remix_id');
		const path = `/v1/videos/${remixId}/remix`;
		const answer = await call(simulator, 'newApiRemix', 'POST', path, { json });
		clock.advance(60_000);
		const done = (await status(simulator, 'newApiRemix', textAt(answer.json, 'id'))).json;
		expect(at(done, 'data', 'remix_id')).toBe(remixId);
		expect(durationSeconds((await send(textAt(done, 'data', 'video_url'))).bytes)).toBe(15);
		expect(simulator.ledger.map(({ kind }) => kind)).toEqual(['createExtended', 'retryExtension']);
	});

	test('both files of a 15-second job', async () => {
		const jobId = await createJob(simulator, 'newApiRemix', 'A cat [sim seconds=0]');
		const { json } = await status(simulator, 'newApiRemix', jobId);
		const seconds = async (key: string) =>
			durationSeconds((await send(textAt(json, 'data', key))).bytes);
		expect(await seconds('video_url')).toBe(15);
		expect(await seconds('first_video_url')).toBe(8);
	});
});
