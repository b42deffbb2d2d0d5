import type { ProviderName } from '../../nodes/providers';
import { providerNames, providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import type { Call } from '../../nodes/wire/call';
import type { Simulator } from '../../workbench/simulator';
import { manualClock } from '../../workbench/simulator';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import { useSimulator } from '../useSimulator';
import { at, call, send, sendCall } from './calls';
import {
	create,
	createCall,
	createJob,
	expectRefusal,
	invalidStatus,
	providersWithContent,
	status,
} from './creates';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

const listsModels = (name: ProviderName) => (providers[name] as Provider).listsModels !== false;

/** The call for its list of models or, without one, the free call that tests its key. */
const modelsOf = (name: ProviderName): Call => {
	const { saved, settings = {} } = fixtures[name];
	const own = (providers[name] as Provider).models?.request(simulator.settings(name), '');
	if (own !== undefined) return own;
	const path = listsModels(name) ? '/v1/models' : String(saved.keyTest);
	return {
		method: 'GET',
		path: path.replace(/\{(\w+)\}/g, (_braces, field: string) => settings[field] ?? ''),
	};
};

/** New API refuses with 403; the documents of others have 402. */
const creditStatusOf = (name: ProviderName) =>
	name === 'apimp' || fixtures[name].refusals.some(({ httpStatus }) => httpStatus === 402)
		? 402
		: 403;

describe.each(providerNames)('%s', (name) => {
	test.each([
		['no key', () => null],
		['an unknown key', () => authorizationWith('sk-wrong')],
		["another host's key", () => authorizationWith(otherKey())],
	])('refuses %s on every route', async (_case, keyOf) => {
		const authorization = keyOf();
		const created = await sendCall(simulator, name, createCall(name, 'A cat'), { authorization });
		const models = await sendCall(simulator, name, modelsOf(name), { authorization });
		expectRefusal(simulator, created, 401);
		expectRefusal(simulator, models, 401);
	});

	const otherKey = () =>
		providerNames.map((each) => simulator.key(each)).find((key) => key !== simulator.key(name));
	const authorizationWith = (key = '') =>
		simulator.authorization(name).replace(simulator.key(name), () => key);

	test('refuses a route it does not have, in JSON', async () => {
		expectRefusal(simulator, await call(simulator, name, 'DELETE', '/v1/videos/some'), 404);
	});

	if (listsModels(name)) {
		test('lists its models', async () => {
			const { text } = await sendCall(simulator, name, modelsOf(name));
			expect(text).toMatch(/":"(?:[\w-]+\/)?veo/);
			// Also some that are not Veo.
			expect(text).toMatch(/":"(?:[\w-]+\/)?(?:gpt|kling)-/);
		});
	}

	test.each([
		['ending=sucess', invalidStatus(name), /bad_request/],
		['ending=retired', 404, /model_retired/],
		['ending=no_credit', creditStatusOf(name), /out_of_credit/],
		['ending=saturated', 429, /^(?:busy|rate_limited)$/],
		['ending=rate_limited', 429, /^(?:busy|rate_limited)$/],
	])('with %s', async (directive, httpStatus, code) => {
		const answer = await create(simulator, name, `A cat [sim ${directive}]`);
		expectRefusal(simulator, answer, httpStatus);
		const { read } = (providers[name] as Provider).create;
		const reading = read(
			{ httpStatus, contentType: 'application/json', body: answer.json },
			inputWith({}),
		);
		expect(reading).toMatchObject({ failure: { code: expect.stringMatching(code) } });
		expect(answer.headers['retry-after']).toBe(httpStatus === 429 ? '1' : undefined);
	});

	test('accepts the same prompt after one 429, and never when it is saturated', async () => {
		await create(simulator, name, 'A cat [sim ending=rate_limited]');
		await createJob(simulator, name, 'A cat [sim ending=rate_limited]');
		expect(simulator.ledger).toHaveLength(1);
		for (const attempt of ['first', 'second']) {
			const { httpStatus } = await create(simulator, name, 'A cat [sim ending=saturated]');
			expect([attempt, httpStatus]).toEqual([attempt, 429]);
		}
	});

	test("does not know somebody else's job", async () => {
		const answer = await status(simulator, name, 'veo3:unknown');
		expect([400, 404, 422]).toContain(answer.httpStatus);
		expectRefusal(simulator, answer, answer.httpStatus);
	});
});

const remixing = providerNames.filter((name) =>
	fixtures[name].operations.extend?.requests.some(({ call: { path } }) => path.endsWith('/remix')),
);

test.each(remixing)('%s: a remix wants a finished job of its own', async (name) => {
	const json = { prompt: 'And on', model: 'veo_3_1-extend' };
	const remix = async (id: string) =>
		await call(simulator, name, 'POST', `/v1/videos/${id}/remix`, { json });
	expectRefusal(simulator, await remix('video_unknown'), 400);
	const jobId = await createJob(simulator, name, 'A cat');
	expect((await remix(jobId)).httpStatus).toBe(400);
	expect(simulator.ledger).toHaveLength(1);
});

test('deepWl: a remix wants a prompt and a model, in JSON', async () => {
	const jobId = await createJob(simulator, 'deepWl', 'A cat [sim seconds=0]');
	for (const json of [{ prompt: 'And on' }, { model: 'veo_3_1-extend' }, {}]) {
		const path = `/v1/videos/${jobId}/remix`;
		expect((await call(simulator, 'deepWl', 'POST', path, { json })).httpStatus).toBe(400);
	}
	expect(simulator.ledger).toHaveLength(1);
});

test.each(providersWithContent)(
	'%s: /content is 404 unknown, 400 before the end and after a failure, 502 without a file',
	async (name) => {
		const content = async (id: string) =>
			(await call(simulator, name, 'GET', `/v1/videos/${encodeURIComponent(id)}/content`))
				.httpStatus;
		const contentAfter = async (directives: string) =>
			await content(await createJob(simulator, name, `A cat [sim ${directives}]`));
		expect(await content('video:unknown')).toBe(404);
		expect(await contentAfter('seconds=60')).toBe(400);
		expect(await contentAfter('seconds=0 ending=failed')).toBe(400);
		expect(await contentAfter('seconds=0 ending=lateUrl')).toBe(502);
	},
);

test('apimp hides a rejection in HTTP 200 with the directive', async () => {
	const answer = await create(simulator, 'apimp', 'A cat [sim ending=no_credit words=http200]');
	expectRefusal(simulator, answer, 200);
	expect(answer.json).toMatchObject({ code: 402 });
});

test('eronmind takes the bare key of its document', async () => {
	const authorization = simulator.key('eronmind');
	const { httpStatus } = await call(simulator, 'eronmind', 'GET', '/v1/models', { authorization });
	expect(httpStatus).toBe(200);
});

test('the upstream of newApiRemix refuses its customers', async () => {
	const jobId = await createJob(simulator, 'newApiRemix', 'A cat [sim seconds=0]');
	const { json } = await status(simulator, 'newApiRemix', jobId);
	expect((await send(String(at(json, 'result_url')))).httpStatus).toBe(401);
});
