import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames, manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { at, call, formOf, send } from './calls';
import { create, createJob, creates, status, gatewaysWithContent } from './creates';
import { expectRefusal, shapes, text } from './errorShapes';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

const unauthorized: Record<GatewayName, unknown> = {
	deerApi: { error: { message: text, type: 'invalid_request_error', param: null, code: null } },
	deepWl: shapes.newApiDoor(),
	newApiRemix: shapes.newApiDoor(),
	apimp: shapes.apimp(401, 'authentication_error'),
	eronmind: shapes.newApiChat(''),
	deerApiChat: shapes.openAi('invalid_request_error', null),
	deepWlVideos: shapes.newApiDoor(),
	eronmindVideos: shapes.newApiDoor(),
	openAiVideos: shapes.newApiDoor(),
};

/** The first format of the same gateway, in whose shape routes of no format refuse. */
const firstFormatOf = (gateway: GatewayName) =>
	gatewayNames.find((name) => simulator.baseUrl(name) === simulator.baseUrl(gateway)) ?? gateway;

describe.each(gatewayNames)('%s', (gateway) => {
	test.each([
		['no key', null],
		['another key', 'Bearer sk-wrong'],
		["another gateway's key", 'other'],
	])('refuses %s on every route', async (_case, given) => {
		const keys = gatewayNames.map((name) => simulator.key(name));
		const other = keys.find((key) => key !== simulator.key(gateway));
		const authorization = given === 'other' ? `Bearer ${other}` : given;
		const { path, body } = creates[gateway];
		const created = await call(simulator, gateway, 'POST', path, {
			...body('A cat'),
			authorization,
		});
		const models = await call(simulator, gateway, 'GET', '/v1/models', { authorization });

		expectRefusal(simulator, created, 401, unauthorized[gateway]);
		expectRefusal(simulator, models, 401, unauthorized[firstFormatOf(gateway)]);
	});

	test('refuses a route it does not have, in JSON', async () => {
		const answer = await call(simulator, gateway, 'DELETE', '/v1/videos/some');
		const expected: Partial<Record<GatewayName, unknown>> = {
			deerApi: shapes.openAi(),
			deepWl: shapes.newApiTask('not_found'),
			newApiRemix: shapes.newApiTask('not_found'),
			apimp: shapes.apimp(404, 'not_found_error'),
			eronmind: shapes.newApiChat('not_found'),
			openAiVideos: shapes.newApiTask('not_found'),
		};
		expectRefusal(simulator, answer, 404, expected[firstFormatOf(gateway)]);
	});

	test('lists its models', async () => {
		const { httpStatus, json } = await call(simulator, gateway, 'GET', '/v1/models');
		expect(httpStatus).toBe(200);
		expect(json).toEqual({
			object: 'list',
			data: expect.arrayContaining([
				{ id: 'gpt-4o-mini', object: 'model', created: expect.any(Number), owned_by: text },
				expect.objectContaining({ id: expect.stringMatching(/^veo/) }),
			]),
		});
	});

	test('refuses a directive that does not exist', async () => {
		const answer = await create(simulator, gateway, 'A cat [sim ending=sucess]');
		expect(answer.httpStatus).toBe(400);
		expect(answer.text).toContain('ending=sucess');
	});

	test('says that a model is retired', async () => {
		const answer = await create(simulator, gateway, 'A cat [sim ending=retired]');
		expect(answer.httpStatus).toBe(404);
		expect(answer.text).toContain('fail_to_fetch_task');
		expect(answer.text).toContain('is no longer available');
		expect(simulator.ledger).toEqual([]);
	});

	test('says that there is no money left', async () => {
		const answer = await create(simulator, gateway, 'A cat [sim ending=no_credit]');
		expect(answer.httpStatus).toBe(gateway === 'apimp' ? 402 : 403);
		expect(answer.text).toContain('insufficient_user_quota');
		expect(simulator.ledger).toEqual([]);
	});

	test('is too busy once, and accepts the same prompt the next time', async () => {
		const prompt = 'A cat [sim ending=rate_limited]';
		const answer = await create(simulator, gateway, prompt);
		expect(answer.httpStatus).toBe(429);
		expect(answer.headers['retry-after']).toBe('1');
		expect(simulator.ledger).toEqual([]);

		await createJob(simulator, gateway, prompt);
		expect(simulator.ledger).toHaveLength(1);
	});

	test('is saturated for ever when told to, in the words of New API', async () => {
		for (let attempt = 1; attempt <= 2; attempt++) {
			const answer = await create(simulator, gateway, 'A cat [sim ending=saturated]');
			expect(answer.httpStatus).toBe(429);
			expect(answer.text).toContain('当前分组上游负载已饱和');
		}
		expect(simulator.ledger).toEqual([]);
	});

	test('does not know a job of somebody else', async () => {
		const answer = await status(simulator, gateway, 'veo3:nobody');
		const expected: Record<GatewayName, [number, unknown]> = {
			deerApi: [404, shapes.openAi()],
			deepWl: [404, shapes.newApiTask('task_not_exist')],
			newApiRemix: [400, shapes.newApiTask('task_not_exist')],
			apimp: [404, shapes.apimp(404, 'not_found_error')],
			eronmind: [404, { error: text }],
			deerApiChat: [404, { error: text }],
			deepWlVideos: [400, shapes.newApiTask('task_not_exist')],
			eronmindVideos: [400, shapes.newApiTask('task_not_exist')],
			openAiVideos: [400, shapes.newApiTask('task_not_exist')],
		};
		expectRefusal(simulator, answer, ...expected[gateway]);
	});
});

describe('remix', () => {
	test.each(['deepWl', 'newApiRemix', 'deepWlVideos', 'openAiVideos'] as const)(
		'%s wants a finished job of its own',
		async (gateway) => {
			const json = { prompt: 'And on', model: 'veo_3_1-extend' };
			const path = (id: string) => `/v1/videos/${encodeURIComponent(id)}/remix`;
			const unknown = await call(simulator, gateway, 'POST', path('video_nobody'), { json });
			expectRefusal(simulator, unknown, 400, shapes.newApiTask('task_not_exist'));

			const jobId = await createJob(simulator, gateway, 'A cat');
			const running = await call(simulator, gateway, 'POST', path(jobId), { json });
			expect(running.httpStatus).toBe(400);
			expect(running.json).toEqual(shapes.newApiTask('invalid_request'));
			expect(simulator.ledger).toHaveLength(1);
		},
	);

	test('deepWl wants a prompt and a model, in JSON', async () => {
		const jobId = await createJob(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const path = `/v1/videos/${jobId}/remix`;
		for (const json of [{ prompt: 'And on' }, { model: 'veo_3_1-extend' }, {}]) {
			const answer = await call(simulator, 'deepWl', 'POST', path, { json });
			expect([answer.httpStatus, answer.json]).toEqual([400, shapes.newApiTask('invalid_request')]);
		}
		const form = await call(simulator, 'deepWl', 'POST', path, {
			form: formOf(['prompt', 'And on']),
		});
		expect(form.json).toEqual(shapes.newApiTask('invalid_json'));
	});
});

describe('/content', () => {
	test.each(gatewaysWithContent)(
		'%s: 404 unknown, 400 before the end, 400 after a failure, 502 without a file',
		async (gateway) => {
			const content = (id: string) =>
				call(simulator, gateway, 'GET', `/v1/videos/${encodeURIComponent(id)}/content`);
			const invalid = shapes.newApiContent('invalid_request_error');

			const unknown = await content('video:nobody');
			expect([unknown.httpStatus, unknown.json]).toEqual([404, invalid]);
			const running = await content(await createJob(simulator, gateway, 'A cat'));
			expect([running.httpStatus, running.json]).toEqual([400, invalid]);
			const failed = await content(
				await createJob(simulator, gateway, 'A cat [sim ending=failed seconds=0]'),
			);
			expect([failed.httpStatus, failed.json]).toEqual([400, invalid]);
			const late = await content(
				await createJob(simulator, gateway, 'A cat [sim ending=lateUrl seconds=0]'),
			);
			expect([late.httpStatus, late.json]).toEqual([502, shapes.newApiContent('server_error')]);
		},
	);
});

test('apimp hides a refusal in HTTP 200 when told to', async () => {
	const answer = await create(simulator, 'apimp', 'A cat [sim ending=no_credit words=http200]');
	expectRefusal(simulator, answer, 200, shapes.apimp(402, 'insufficient_credits_error'));
});

test('eronmind takes the bare key of its document', async () => {
	const authorization = simulator.key('eronmind');
	const answer = await call(simulator, 'eronmind', 'GET', '/v1/models', { authorization });
	expect(answer.httpStatus).toBe(200);
});

test("the upstream behind the 15-second gateway refuses that gateway's customers", async () => {
	const jobId = await createJob(simulator, 'newApiRemix', 'A cat [sim seconds=0]');
	const { json } = await status(simulator, 'newApiRemix', jobId);
	const answer = await send(String(at(json, 'result_url')));
	expect(answer.httpStatus).toBe(401);
});
