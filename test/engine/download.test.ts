import { fastClock } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import type { Call, Fault, GatewayName, Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import type { NodeSettings } from './workflow';
import {
	createNode,
	errorOf,
	fileOf,
	itemsOf,
	jobsOf,
	mediaOf,
	pollNode,
	runNodes,
	textOf,
} from './workflow';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ clock: fastClock });
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

const name = 'Veo Poll Until Done';
const halfOfTheFile = Math.floor(videoBytes('landscape-8s').length / 2);

/** Two finished jobs, of which the first meets the fault. */
async function fetchTwo(
	provider: GatewayName,
	directives = '',
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
) {
	const prompts = ['A cat', 'A dog'].map((prompt) => `${prompt} [sim seconds=0 ${directives}]`);
	return await runNodes(
		simulator,
		[createNode(provider), pollNode(provider, parameters, settings)],
		prompts.map((prompt) => ({ prompt })),
	);
}

const callsTo = (part: string): Call[] => simulator.calls.filter(({ path }) => path.includes(part));

function expectNoKeyAbroad(): void {
	const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(abroad.length).toBeGreaterThan(0);
	for (const { headers, path } of abroad) {
		expect(headers).not.toHaveProperty('authorization');
		expect(`${path} ${JSON.stringify(headers)}`).not.toMatch(/sk-sim-/);
	}
}

describe('where the file is', () => {
	test.each(['deerApi', 'newApiRemix', 'deepWl'] as const)(
		'%s: the download route answers with the file itself, and gets the key',
		async (provider) => {
			const run = await fetchTwo(provider, 'ending=noUrl content=bytes');
			for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
			const calls = callsTo('/content');
			expect(calls).toHaveLength(2);
			for (const { headers } of calls) {
				expect(headers.authorization).toBe(`Bearer ${simulator.key(provider)}`);
			}
			expect(callsTo('/cdn/')).toEqual([]);
		},
	);

	test.each([
		['deerApi', 'json'],
		['deerApi', 'redirect'],
		['deepWl', 'ending=noUrl json'],
		['newApiRemix', 'ending=noUrl redirect'],
	] as const)('%s: the download route leads abroad (%s), the key stays', async (provider, how) => {
		const directives = how.replace(/(json|redirect)$/, 'content=$1');
		const run = await fetchTwo(provider, directives);
		expect(itemsOf(run, name)).toHaveLength(2);
		for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		expect(callsTo('/cdn/')).toHaveLength(2);
		expectNoKeyAbroad();
	});

	test.each([301, 302, 303, 307, 308])('a redirect with %s is followed', async (httpStatus) => {
		simulator.failNext({ kind: 'redirect', httpStatus, route: 'content' });
		const run = await fetchTwo('deerApi');
		for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		expect(callsTo('/cdn/')).toHaveLength(1);
		expectNoKeyAbroad();
	});

	test('redirects that never end are left', async () => {
		const location = `${simulator.cdnOrigin}/cdn/landscape-8s/again.mp4`;
		simulator.failNext({ kind: 'redirect', route: 'cdn', location, times: 1000 });
		const run = await fetchTwo('apimp', '', {}, { onError: 'continueErrorOutput' });
		expect(jobsOf(run, name, 1)).toMatchObject([
			{ details: { status: 'succeeded', failure: { code: 'download_failed' } } },
			{ details: { status: 'succeeded', failure: { code: 'download_failed' } } },
		]);
		expect(callsTo('/cdn/').length).toBeLessThan(30);
	});
});

const unusable: Fault[] = [
	{ kind: 'status', httpStatus: 404 },
	{ kind: 'status', httpStatus: 403 },
	{ kind: 'status', httpStatus: 500 },
	{ kind: 'html', httpStatus: 502 },
	{ kind: 'htmlOk' },
	{ kind: 'empty' },
	{ kind: 'truncatedJson' },
	{ kind: 'wrongType' },
	{ kind: 'resetBeforeHeaders' },
];
const named = unusable.map(
	(fault) => [[fault.kind, fault.httpStatus].join(' ').trim(), fault] as const,
);

describe('the link of a finished job is of no use', () => {
	test.each(named)('%s: the download route has it', async (_name, fault) => {
		for (const provider of ['deepWl', 'newApiRemix'] as const) {
			simulator.reset();
			simulator.failNext({ ...fault, route: 'cdn', times: 2 });
			const run = await fetchTwo(provider);
			expect(run.data.resultData.error).toBeUndefined();
			for (const item of itemsOf(run, name)) {
				expect(await mediaOf(item)).toBe('landscape-8s');
				expect(fileOf(item).mimeType).toBe('video/mp4');
			}
			expect(callsTo('/content')).toHaveLength(2);
			expectNoKeyAbroad();
		}
	});

	test.each(named)('%s: no other way, and the link comes out', async (_name, fault) => {
		for (const provider of ['apimp', 'eronmind'] as const) {
			simulator.reset();
			simulator.failNext({ ...fault, route: 'cdn', times: 1000 });
			const run = await fetchTwo(provider, '', {}, { onError: 'continueRegularOutput' });
			const items = itemsOf(run, name);
			expect(items).toHaveLength(2);
			for (const [index, { json, binary }] of items.entries()) {
				expect(binary).toBeUndefined();
				expect(json).toMatchObject({
					jobId: simulator.ledger[index]?.jobId,
					status: 'succeeded',
					videoUrl: expect.stringMatching(/\.mp4$/) as string,
					failure: { code: 'download_failed', retryable: true },
				});
			}
		}
	});

	test('with Stop Workflow the error has the id, the link, and what to do', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 404, route: 'cdn', times: 1000 });
		const error = errorOf(await fetchTwo('apimp'));
		expect(error.message).toMatch(/could not be downloaded/);
		for (const { jobId } of simulator.ledger) expect(textOf(error)).toContain(jobId);
		expect(textOf(error)).toMatch(/exists and is paid for. Poll the same job again/);
		expect(textOf(error)).toMatch(/http\S+\.mp4/);
	});

	test('polling the same job again fetches it', async () => {
		simulator.failNext({ kind: 'html', route: 'content', times: 2 });
		const failed = await fetchTwo('deerApi', '', {}, { onError: 'continueRegularOutput' });
		const jobs = jobsOf(failed, name);
		expect(jobs).toMatchObject([
			{ failure: { code: 'download_failed' } },
			{ failure: { code: 'download_failed' } },
		]);
		const run = await runNodes(simulator, [pollNode('deerApi')], jobs);
		expect(itemsOf(run, name)).toHaveLength(2);
		for (const item of itemsOf(run, name)) {
			expect(item.json).not.toHaveProperty('failure');
			expect(await mediaOf(item)).toBe('landscape-8s');
		}
	});
});

describe('the file breaks off', () => {
	test.each([
		['deepWl', 'cdn', 'shortBody'],
		['deepWl', 'cdn', 'resetMidBody'],
		['apimp', 'cdn', 'resetMidBody'],
		['eronmind', 'cdn', 'shortBody'],
		['deerApi', 'content', 'shortBody'],
		['deerApi', 'content', 'resetMidBody'],
	] as const)('%s, %s, %s: taken up again at the same byte', async (provider, route, kind) => {
		simulator.failNext({ kind, route });
		const run = await fetchTwo(provider);
		expect(run.data.resultData.error).toBeUndefined();
		for (const item of itemsOf(run, name)) {
			expect(await mediaOf(item)).toBe('landscape-8s');
			expect(fileOf(item).bytes).toBe(videoBytes('landscape-8s').length);
		}
		const [resumed, ...others] = simulator.calls.filter(({ headers }) => headers.range);
		expect(others).toEqual([]);
		expect(resumed?.httpStatus).toBe(206);
		const from = Number(/^bytes=(\d+)-$/.exec(String(resumed?.headers.range))?.[1]);
		// A connection that ends at once may take with it what was not read yet.
		if (kind === 'shortBody') expect([0, halfOfTheFile]).toContain(from);
		else expect(from).toBe(halfOfTheFile);
		const isOwn = route === 'content';
		expect(resumed?.headers.authorization).toBe(
			isOwn ? `Bearer ${simulator.key(provider)}` : undefined,
		);
	});

	test.each(['shortBody', 'resetMidBody'] as const)(
		'%s again and again: the download route has it whole',
		async (kind) => {
			simulator.failNext({ kind, route: 'cdn', times: 1000 });
			const run = await fetchTwo('deepWl');
			expect(run.data.resultData.error).toBeUndefined();
			for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		},
	);

	test.each(['shortBody', 'resetMidBody'] as const)(
		'%s again and again, and no other way: never half a file',
		async (kind) => {
			simulator.failNext({ kind, route: 'cdn', times: 1000 });
			const run = await fetchTwo('apimp', '', {}, { onError: 'continueErrorOutput' });
			expect(itemsOf(run, name)).toEqual([]);
			const items = itemsOf(run, name, 1);
			expect(items).toHaveLength(2);
			for (const { json, binary } of items) {
				expect(binary).toBeUndefined();
				expect(json.error).toMatch(/broke off/);
				expect(json.details).toMatchObject({ status: 'succeeded' });
			}
		},
	);
});
