import { logged } from '../engine/debugLog';
import { fastClock } from '../engine/fastTime';
import type { CredentialValues } from '../../workbench/engine/credentials';
import { runWorkflow } from '../../workbench/engine/engine';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { startSimulator } from '../../workbench/simulator';
import { callerAgent } from '../../workbench/simulator/callbacks';
import { endings } from '../../workbench/simulator/directives';
import { providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { canary, expectNoLeak, placesOf } from '../engine/leaks';
import { isWhole } from './scale';
import { createNode, credentialsFor, inARow, pollNode } from '../engine/workflow';

/* No ending of a job lets a secret out; that no fault does is checked in every cell of the matrix. */

const onErrors = ['stopWorkflow', 'continueErrorOutput', 'continueRegularOutput'] as const;
// A job that never ends is waited for until the deadline of 30 minutes, in virtual time.
const directives = [
	...endings.flatMap((ending) => [`seconds=0 ending=${ending}`, `seconds=90 ending=${ending}`]),
	...['json', 'redirect', 'bytes'].map((content) => `seconds=0 ending=noUrl content=${content}`),
];
/** The short form deals them out among the providers. */
const cases = providerNames.flatMap((provider, first) =>
	directives
		.map((directive, turn) => ({ provider, directive, turn }))
		.filter(({ turn }) => isWhole || turn % providerNames.length === first),
);

/** The keys the simulator takes, and a secret in each other field of a credential that can hold one. */
function plant(simulator: Simulator): { credentials: CredentialValues; secrets: string[] } {
	const secrets: string[] = providerNames.flatMap((name) => simulator.secrets(name));
	const planted = (name: string) => {
		const secret = canary(name);
		secrets.push(secret);
		return secret;
	};
	const credentials = Object.entries(credentialsFor(simulator)).map(([type, values]) => {
		const statusPath = `${String(values.statusPath)}?token=${planted('path')}`;
		const changed = { note: planted('note'), ...('statusPath' in values && { statusPath }) };
		return [type, { ...values, ...changed }] as const;
	});
	return { credentials: Object.fromEntries(credentials), secrets };
}

/** The option for the address that a provider calls when a job has ended, where it has one. */
function callbackOf(provider: ProviderName, simulator: Simulator): { callbackUrl?: string } {
	const { options } = (providers[provider] as Provider).create;
	return 'callbackUrl' in options
		? { callbackUrl: `${simulator.cdnOrigin}/callback?job=mine` }
		: {};
}

test.each(cases)('$provider: $directive', async ({ provider, directive, turn }) => {
	const simulator = await startSimulator({ clock: fastClock });
	const { credentials, secrets } = plant(simulator);
	const callback = callbackOf(provider, simulator);
	const { balance }: Provider = providers[provider];
	const options = {
		...{ extraFields: '{ "note": "mine" }', ...callback },
		...(balance && { minBalance: 1 }),
	};
	const settings = { onError: onErrors[turn % onErrors.length] };
	const stored: string[] = [];
	const run = await runWorkflow(
		inARow(
			createNode(provider, { options }, settings),
			pollNode(provider, { waiting: 'automatic', options: { includeRaw: true } }, settings),
		),
		{
			credentials,
			items: [{ json: { prompt: `A cat [sim ${directive}]` } }],
			onSuspend: (text) => stored.push(text),
		},
	);
	await simulator.close();
	expectNoLeak(secrets, { run, stored });
	const [own, foreign] = ['provider', 'foreign'].map((origin) =>
		simulator.calls.filter((call) => call.origin === origin),
	);
	expect(placesOf(secrets, own)).not.toEqual([]);
	expect(placesOf(secrets, foreign)).toEqual([]);
	expect(foreign?.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
	// Only the provider calls back, and the address is as it was entered.
	const called = foreign?.filter(({ path }) => path.startsWith('/callback'));
	expect(called?.filter(({ headers }) => headers['user-agent'] !== callerAgent)).toEqual([]);
	const bodies = simulator.ledger.map(({ fields }) => fields);
	expect(placesOf(secrets, bodies)).toEqual([]);
	const { callbackUrl = '' } = callback;
	const creates = own?.filter(({ route }) => route === 'create').map(({ path }) => path);
	for (const body of bodies) {
		const sent = JSON.stringify([body, creates?.map(decodeURIComponent)]);
		expect(sent).toContain(callbackUrl);
	}
});

test('nothing of a secret is logged, at the level "debug"', async () => {
	expect(logged.join('')).toMatch(/Veo Create/);
	const simulator = await startSimulator();
	const { secrets } = plant(simulator);
	await simulator.close();
	expect(placesOf(secrets, logged)).toEqual([]);
	expect(logged.join('')).not.toContain('sk-canary-');
});
