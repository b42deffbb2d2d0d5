import './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed, providerNames, providersWith } from '../../nodes/providers';
import type { Fault } from '../../workbench/simulator';
import {
	callsTo,
	continueError,
	continueRegular,
	creates,
	execute,
	firstFrame,
	frame,
	jobIds,
	retryOnFail,
	simulator,
	startedPrompts,
	withCredential,
} from './scene';
import { searchModels } from './modelSearch';
import type { NodeSettings } from './workflow';
import { asTool, createNode, inALoop, remixNode, withCredentialId } from './workflow';

/* What the account has left decides whether a run starts anything. Each fault: test/faults/balance.test.ts. */

const guarded = (
	minBalance: unknown,
	provider: ProviderName = 'kie',
	settings: NodeSettings = {},
	more: INodeParameters = {},
) => createNode(provider, { options: { minBalance, ...more } as INodeParameters }, settings);

const asked = () => simulator.calls.filter(({ route }) => route === 'balance');
const answerBalance = (body: unknown, more: Partial<Fault> = {}) =>
	simulator.failNext({ route: 'balance', kind: 'text', text: JSON.stringify(body), ...more });
const credit = (data: unknown) => answerBalance({ code: 200, msg: 'success', data });

describe.each(providersWith('balance'))('%s', (provider) => {
	test('asks once for a run, before its first request, and starts its jobs', async () => {
		const { jobs } = await execute(guarded(10, provider), ['A cat', 'A dog']);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(jobIds()).toHaveLength(2);
		const { parts = [] } = providerNamed(provider)?.balance ?? {};
		expect(asked()).toHaveLength(parts.length);
		expect(simulator.calls.slice(0, parts.length)).toEqual(asked());
		for (const call of asked()) expect(simulator.isAuthorized(provider, call)).toBe(true);
	});

	test('below the balance nothing is sent: the error has both numbers and the unit', async () => {
		const { text } = await execute(guarded(5_000, provider), ['A cat', 'A dog']);
		const { label = '', balance } = providerNamed(provider) ?? {};
		const amount = { kie: 2450, fal: 24.5 }[provider as string] ?? 50;
		expect(text).toContain(
			`The balance at ${label} is ${amount}, and Stop Below Balance is 5000 (${balance?.unit})`,
		);
		expect(text).toMatch(/Nothing was sent[^]*Top up the account, or lower Stop Below Balance/);
		expect(simulator.calls).toEqual(asked());
		expect(simulator.ledger).toEqual([]);
	});
});

test.each(providerNames.filter((name) => !providersWith('balance').includes(name)))(
	'%s does not report it: an option left over from another provider is ignored',
	async (provider) => {
		await execute(guarded(5_000, provider), ['A cat']);
		expect(simulator.ledger).toHaveLength(1);
		expect(asked()).toEqual([]);
	},
);

test('Veo Remix Extend asks as well', async () => {
	const parameters = { prompt: 'A', promptExtend: 'B', options: { minBalance: 60 } };
	const { text } = await execute(remixNode('createExtended', 'newApiRemix', parameters), [{}]);
	expect(text).toMatch(/is 50, and Stop Below Balance is 60/);
	expect(creates()).toEqual([]);
});

test('With On Error = Continue each item has the failure, and the balance is asked once', async () => {
	const node = guarded(3_000, 'kie', continueError);
	const { failed } = await execute(node, ['A cat', 'A dog', 'A bird']);
	expect(failed).toHaveLength(3);
	for (const { details } of failed) {
		expect(details).toMatchObject({ failure: { code: 'limit_reached', retryable: false } });
	}
	expect(simulator.calls).toHaveLength(1);
});

test('images are uploaded after the balance was found sufficient only', async () => {
	const node = createNode('kie', { ...firstFrame, options: { minBalance: 3_000 } });
	const { text } = await execute(node, ['A cat'], { files: [frame] });
	expect(text).toMatch(/is 2450/);
	expect(simulator.calls).toEqual(asked());
});

test('each turn of a loop asks, so that the jobs before it count', async () => {
	// 2450 credits, and 60 for each job.
	const { text } = await execute(inALoop(guarded(2_300)), Array(10).fill('A cat') as string[]);
	expect(text).toMatch(/is 2270, and Stop Below Balance is 2300/);
	expect(simulator.ledger).toHaveLength(3);
});

test('the tool of an agent asks as well', async () => {
	await execute(asTool(guarded(3_000)), ['A cat']);
	expect(asked()).toHaveLength(1);
	expect(simulator.calls).toEqual(asked());
});

test('jobs that a retry hands back need no balance', async () => {
	credit(2_450);
	credit(0);
	simulator.failNext({ route: 'create', kind: 'status', httpStatus: 401, times: 1 });
	const { run, text } = await execute(guarded(100, 'kie', retryOnFail), ['A cat']);
	expect(text).toBe('');
	// The first try was rejected, the second found the account empty, the third had enough.
	expect(asked()).toHaveLength(3);
	expect(run.data.resultData.error).toBeUndefined();
	expect(startedPrompts()).toEqual(['A cat']);
});

test('a rehearsal does not ask, and neither does a run without the option', async () => {
	await execute(guarded(5_000, 'kie', {}, { rehearse: true }), ['A cat']);
	expect(simulator.calls).toEqual([]);
	await execute(createNode('kie'), ['A cat']);
	expect(asked()).toEqual([]);
	expect(simulator.ledger).toHaveLength(1);
});

test('a run that Maximum Jobs stops does not ask', async () => {
	await execute(guarded(1, 'kie', {}, { maxJobs: 1 }), ['A cat', 'A dog']);
	expect(simulator.calls).toEqual([]);
});

test('places of a day that the balance did not let be used are free again', async () => {
	const limited = guarded(100, 'kie', continueRegular, { maxJobsPerDay: 1 });
	const node = withCredentialId(limited, 'balance-and-day');
	credit(99);
	await execute(node, ['A cat']);
	await execute(node, ['A dog']);
	expect(startedPrompts()).toEqual(['A dog']);
});

test.each([0, -1, 'many', '', '5 $', null, true, [3], 'Infinity'])(
	'%j is no balance: an error, and no request',
	async (value) => {
		const { text } = await execute(guarded('={{ $json.min }}'), [{ prompt: 'A cat', min: value }]);
		expect(text).toMatch(/Stop Below Balance is [^]* must be a number above 0[^]*Nothing was sent/);
		expect(simulator.calls).toEqual([]);
	},
);

test('of an expression per item the largest value counts', async () => {
	const items = [1, '2450.5', 2].map((min) => ({ prompt: 'A cat', min }));
	const { text } = await execute(guarded('={{ $json.min }}'), items);
	expect(text).toMatch(/is 2450, and Stop Below Balance is 2450\.5/);
	expect(creates()).toEqual([]);
});

describe('odd balances', () => {
	test.each([
		[100, true],
		['100.5', true],
		[1e300, true],
		[-3, false],
		[99.999, false],
		['99.9', false],
	])('whether %j is enough for 100: %j', async (data, isEnough) => {
		credit(data);
		const { text } = await execute(guarded(100), ['A cat']);
		expect(simulator.ledger).toHaveLength(isEnough ? 1 : 0);
		expect(text.includes(`is ${data}, and Stop Below Balance is 100`)).toBe(!isEnough);
	});

	test.each([['unlimited'], [null], [{}], [[5_000]], ['1,000'], [true]])(
		'%j is none: nothing is sent, after a few tries',
		async (data) => {
			answerBalance({ code: 200, msg: 'success', data }, { times: 9 });
			const { text } = await execute(guarded(100), ['A cat']);
			expect(text).toMatch(
				/The balance at Kie\.ai cannot be read: [^]*Nothing was sent[^]*without the balance no job is started[^]*Try again later, or remove the option/,
			);
			expect(asked()).toHaveLength(4);
			expect(creates()).toEqual([]);
		},
	);

	test('that cannot be read for now is worth another run, one that is refused is not', async () => {
		const failureAfter = async (httpStatus: number) => {
			simulator.failNext({ route: 'balance', kind: 'status', httpStatus, times: 9 });
			const { jobs } = await execute(guarded(100, 'kie', continueRegular), ['A cat']);
			simulator.reset();
			return jobs[0]?.failure;
		};
		expect(await failureAfter(503)).toMatchObject({ code: 'limit_reached', retryable: true });
		expect(await failureAfter(403)).toMatchObject({ code: 'limit_reached', retryable: false });
	});
});

describe('New API', () => {
	test.each([
		[0.2, 1],
		[0.21, 0],
	])('a limit of 0.3, of which 10 hundredths are used, against %d', async (min, started) => {
		answerBalance({ hard_limit_usd: 0.3 });
		answerBalance({ total_usage: 10 });
		await execute(guarded(min, 'newApiRemix'), ['A cat']);
		expect(simulator.ledger).toHaveLength(started);
	});

	test('an unlimited key has no balance: nothing is sent, and the error says what to do', async () => {
		answerBalance({ hard_limit_usd: 100_000_000 });
		const { text } = await execute(guarded(1, 'eronmind'), ['A cat']);
		expect(text).toMatch(
			/cannot be read: the API key has no limit of its own[^]*Give the key a limit/,
		);
		expect(asked()).toHaveLength(1);
		expect(creates()).toEqual([]);
	});
});

test('the key goes to the Platform URL of Fal.ai for the balance, and not for the models', async () => {
	const platformUrl = `${simulator.cdnOrigin}/platform`;
	const elsewhere = withCredential('fal', { platformUrl });
	await execute(guarded(1, 'fal'), ['A cat'], elsewhere);
	expect(callsTo('/platform/account/billing').length).toBeGreaterThan(0);
	for (const call of callsTo('/platform/')) expect(simulator.isAuthorized('fal', call)).toBe(true);
	expect(creates()).toEqual([]);
	simulator.reset();
	await searchModels(elsewhere.credentials, { provider: 'fal' });
	expect(callsTo('/platform/models')).toHaveLength(1);
	expect(simulator.calls[0]?.headers).not.toHaveProperty('authorization');
});
