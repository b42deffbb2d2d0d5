import '../engine/fastTime';
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { providerNamed, providerNames, providers } from '../../nodes/providers';
import { credentialsWith } from '../engine/workflow';
import { searchModels } from '../engine/modelSearch';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';

testRoute({
	name: 'models',
	providers: providerNames.filter((name) => providerNamed(name)?.listsModels !== false),
	times: ['once'],
	stated: ({ fault }) => outcomesOf(fault).models,
	play: async (simulator, { fault, provider }) => {
		const credentials = credentialsWith(simulator, provider, {});
		const usual = await searchModels(credentials, { provider });
		simulator.failNext({ ...faultNamed(fault), route: 'models' });
		const startedAt = performance.now();
		const found = await searchModels(credentials, { provider });
		// A person waits for it, with the editor open.
		expect(performance.now() - startedAt).toBeLessThan(10_000);
		expect(simulator.spoiltCount()).toBe(1);
		expect(simulator.ledger).toEqual([]);
		expect(JSON.stringify(found)).not.toContain(simulator.key(provider));
		const suggested = providers[provider].create.models.map(({ id }) => id);
		if (!isDeepStrictEqual(found, usual)) {
			expect(found).toEqual(suggested.map((id) => ({ name: id, value: id })));
			return 'suggestions';
		}
		// Some providers offer just what is suggested.
		return found.length === suggested.length ? outcomesOf(fault).models : 'all';
	},
});
