import { simulator } from './scene';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed, providerNames, providers } from '../../nodes/providers';
import { searchModels } from './modelSearch';
import { credentialsFor, credentialsWith } from './workflow';

/* Each fault at the list of models: test/faults/models.test.ts. */

const suggestionsOf = (provider: ProviderName) =>
	providers[provider].create.models.map(({ id }) => ({ name: id, value: id }));

test.each(providerNames)(
	'%s: suggestions first, then what it names, each once',
	async (provider) => {
		const found = await searchModels(credentialsFor(simulator), { provider });
		const values = found.map(({ value }) => value);
		expect(values.slice(0, suggestionsOf(provider).length)).toEqual(
			suggestionsOf(provider).map(({ value }) => value),
		);
		expect(new Set(values).size).toBe(values.length);
		expect(values.filter((value) => /gpt|gemini/.test(String(value)))).toEqual([]);
		const isVeo = (value: unknown) => /(?:^|\/)veo/.test(String(value));
		const isAnyOffered = providerNamed(provider)?.takesAnyModel === true;
		expect(values.some((value) => !isVeo(value))).toBe(isAnyOffered);
		expect(simulator.ledger).toEqual([]);
		if (providerNamed(provider)?.listsModels === false) {
			expect(simulator.calls).toEqual([]);
			return;
		}
		// One free call, with the key.
		expect(simulator.calls).toMatchObject([{ method: 'GET', route: 'models' }]);
		for (const call of simulator.calls) expect(simulator.isAuthorized(provider, call)).toBe(true);
	},
);

test('a suggestion that the provider does not name has a note', async () => {
	const found = await searchModels(credentialsFor(simulator), { provider: 'deepWl' });
	expect(found).toContainEqual({ name: 'veo3.1', value: 'veo3.1' });
	const name = "veo3-fast-frames (not in the provider's list)";
	expect(found).toContainEqual({ name, value: 'veo3-fast-frames' });
	// The provider has one list for both of its formats.
	expect(found).toContainEqual({ name: 'veo_3_1', value: 'veo_3_1' });
});

test('a suggestion that Google has closed has a note', async () => {
	const found = await searchModels(credentialsFor(simulator), { provider: 'apimp' }, 'veo-3.0');
	const names = found.map(({ name, value }) => [value, name]);
	expect(names).toEqual([
		['veo-3.0-fast-generate-001', 'veo-3.0-fast-generate-001 (closed by Google)'],
		['veo-3.0-generate-001', 'veo-3.0-generate-001 (closed by Google)'],
	]);
});

test('the list is filtered by what is typed, in any case', async () => {
	const found = await searchModels(credentialsFor(simulator), { provider: 'deepWl' }, 'PRO');
	expect(found.map(({ value }) => value)).toEqual(['veo3.1-pro', 'veo3-pro']);
});

test.each([
	['newApiRemix', 'createExtended', 'veo_3_1-fast-remix'],
	['deepWl', 'extend', 'veo_3_1-extend'],
])('%s: the list is that of the operation %s', async (provider, operation, id) => {
	const parameters = { provider, operation };
	const found = await searchModels(credentialsFor(simulator), parameters, id);
	expect(found[0]).toEqual({ name: id, value: id });
});

test.each([
	['with a wrong key', { apiKey: 'sk-wrong' }],
	['with no key', { apiKey: '' }],
	['with no address', { baseUrl: '' }],
	['with an address that is none', { baseUrl: 'my provider' }],
	['offline', { baseUrl: 'http://127.0.0.1:9' }],
	['without a credential', undefined],
])('%s: the suggestions alone, without a note', async (_name, changed) => {
	const credentials =
		changed === undefined ? {} : credentialsWith(simulator, 'deerApi', { ...changed });
	const found = await searchModels(credentials, { provider: 'deerApi' });
	expect(found).toEqual(suggestionsOf('deerApi'));
});

test('a provider that does not exist has no models', async () => {
	expect(await searchModels(credentialsFor(simulator), { provider: 'none' })).toEqual([]);
});
