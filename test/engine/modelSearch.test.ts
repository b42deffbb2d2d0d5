import { fastClock } from './fastTime';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { useSimulator } from '../useSimulator';
import { searchModels } from './modelSearch';
import { credentialsFor, credentialsWith } from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const note = " (not in the provider's list)";

describe('the list of models', () => {
	test('suggestions first, then what the provider names, each once', async () => {
		const found = await searchModels(credentialsFor(simulator), { provider: 'deepWl' });
		expect(found).toEqual([
			{ name: 'veo3.1-fast-components', value: 'veo3.1-fast-components' },
			{ name: 'veo3.1-components', value: 'veo3.1-components' },
			{ name: 'veo3.1-fast', value: 'veo3.1-fast' },
			{ name: 'veo3.1', value: 'veo3.1' },
			{ name: 'veo3.1-pro', value: 'veo3.1-pro' },
			{ name: `veo3-fast-frames${note}`, value: 'veo3-fast-frames' },
			{ name: 'veo3-fast', value: 'veo3-fast' },
			{ name: 'veo3', value: 'veo3' },
			{ name: 'veo3-pro', value: 'veo3-pro' },
			{ name: 'veo_3_1-extend', value: 'veo_3_1-extend' },
			// The host has one list for both of its formats.
			{ name: 'veo_3_1', value: 'veo_3_1' },
			{ name: 'veo_3_1-fast', value: 'veo_3_1-fast' },
			{ name: 'veo_3_1-components', value: 'veo_3_1-components' },
			{ name: 'veo_3_1-fast-components', value: 'veo_3_1-fast-components' },
		]);
	});

	test.each(providerNames)('%s: asks once, with the key, and buys nothing', async (provider) => {
		const found = await searchModels(credentialsFor(simulator), { provider });
		expect(found.length).toBeGreaterThan(0);
		const values = found.map(({ value }) => value);
		expect(new Set(values).size).toBe(values.length);
		expect(values.filter((value) => /gpt|gemini|sora/.test(String(value)))).toEqual([]);
		expect(simulator.calls).toMatchObject([
			{ method: 'GET', headers: { authorization: `Bearer ${simulator.key(provider)}` } },
		]);
		expect(simulator.calls[0]?.path).toMatch(/\/v1\/models$/);
		expect(simulator.ledger).toEqual([]);
	});

	test('is filtered by what is typed, in any case', async () => {
		const found = await searchModels(credentialsFor(simulator), { provider: 'deepWl' }, 'PRO');
		expect(found.map(({ value }) => value)).toEqual(['veo3.1-pro', 'veo3-pro']);
	});

	test('is that of the operation', async () => {
		const found = await searchModels(
			credentialsFor(simulator),
			{ provider: 'newApiRemix', operation: 'createExtended' },
			'fast',
		);
		expect(found[0]).toEqual({ name: 'veo_3_1-fast-remix', value: 'veo_3_1-fast-remix' });
		const extending = await searchModels(credentialsFor(simulator), {
			provider: 'deepWl',
			operation: 'extend',
		});
		expect(extending[0]).toEqual({ name: 'veo_3_1-extend', value: 'veo_3_1-extend' });
	});
});

describe('the suggestions alone, without a note', () => {
	const suggestions = ['veo3.1', 'veo3.1-pro', 'veo3', 'veo3-fast', 'veo3-pro'].map((id) => ({
		name: id,
		value: id,
	}));
	const deerApi = { provider: 'deerApi' };

	test.each([
		['with a wrong key', { apiKey: 'sk-wrong' }],
		['with no key', { apiKey: '' }],
		['with no address', { baseUrl: '' }],
		['with an address that is none', { baseUrl: 'my provider' }],
		['offline', { baseUrl: 'http://127.0.0.1:9' }],
	])('%s', async (_name, changed) => {
		const credentials = credentialsWith(simulator, 'deerApi', changed);
		expect(await searchModels(credentials, deerApi)).toEqual(suggestions);
	});

	test('without a credential', async () => {
		expect(await searchModels({}, deerApi)).toEqual(suggestions);
	});

	test.each(['html', 'htmlOk', 'empty', 'truncatedJson', 'wrongType', 'resetMidBody'] as const)(
		'where the provider answers with %s',
		async (kind) => {
			simulator.failNext({ kind, route: 'models' });
			expect(await searchModels(credentialsFor(simulator), deerApi)).toEqual(suggestions);
			expect(simulator.calls).toHaveLength(1);
		},
	);
});

test('a provider that does not exist has no models', async () => {
	expect(await searchModels(credentialsFor(simulator), { provider: 'nobody' })).toEqual([]);
});
