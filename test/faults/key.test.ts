import '../engine/fastTime';
import { expect } from '@jest/globals';
import { testKey } from '../../workbench/engine/keyTest';
import { credentialTypes } from '../../workbench/engine/nodeTypes';
import { providers } from '../../nodes/providers';
import { credentialsFor } from '../engine/workflow';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';
import type { KeyOutcome } from './faultList';

const said: ReadonlyArray<readonly [RegExp, KeyOutcome]> = [
	[/rejected the API key/, 'wrongKey'],
	[/is not the API of|address of a website/, 'wrongAddress'],
	[/rejected the request \(HTTP 403\)/, 'forbidden'],
	[/address redirects/, 'leadsElsewhere'],
	[/is temporarily unavailable/, 'outOfOrder'],
];

testRoute({
	name: 'key',
	times: ['once'],
	isOurs: ({ fault }) => outcomesOf(fault).key !== 'notOurs',
	stated: ({ fault }) => outcomesOf(fault).key,
	play: async (simulator, { fault, provider }) => {
		// n8n asks a second time after a 401.
		for (const route of ['models', 'upload', 'balance'] as const) {
			simulator.failNext({ ...faultNamed(fault), route, times: 2 });
		}
		const type = providers[provider].credential;
		const data = credentialsFor(simulator)[type];
		if (data === undefined || !credentialTypes.has(type)) throw new Error(`There is no ${type}`);
		// Providers that share a credential have other addresses in the simulator.
		const own = { ...data, baseUrl: simulator.baseUrl(provider), apiKey: simulator.key(provider) };
		const { status, message } = await testKey(type, own);
		expect(simulator.spoiltCount()).toBeGreaterThan(0);
		expect(message).not.toContain(simulator.key(provider));
		expect(JSON.stringify(simulator.calls.filter(({ origin }) => origin === 'foreign'))).toBe('[]');
		if (status === 'OK') return 'passed';
		return said.find(([pattern]) => pattern.test(message))?.[1] ?? 'n8nSays';
	},
});
