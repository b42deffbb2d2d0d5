import { logged } from '../engine/debugLog';
import { fastClock } from '../engine/fastTime';
import type { CredentialValues } from '../../workbench/engine/credentials';
import { runWorkflow } from '../../workbench/engine/engine';
import type { ProviderName } from '../../nodes/providers';
import type { Fault, Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import { endings } from '../../workbench/simulator/directives';
import { faultKinds } from '../../workbench/simulator/faults/fault';
import { providerNames, providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { canary, expectNoLeak, placesOf } from '../engine/leaks';
import { isWhole } from './scale';
import { createNode, credentialsFor, inARow, pollNode } from '../engine/workflow';

/** One pipeline: how its job goes, and what goes wrong on the way. */
interface Play {
	directive: string;
	fault?: Fault;
}

let callsMade = 0;

const routes = ['create', 'status', 'content', 'taskData', 'cdn'] as const;
const onErrors = ['stopWorkflow', 'continueErrorOutput', 'continueRegularOutput'] as const;
const refusals = [400, 401, 402, 403, 404, 429, 500, 503];
// What never answers is cut off as a person would: with the Stop button.
const longestRunMs = 200_000;
const playsAtATime = 4;
// Each provider plays some of them, another provider others.
const share = isWhole ? 12 : 60;

const plays: Play[] = [
	...endings.flatMap((ending) => [
		{ directive: `seconds=0 ending=${ending}` },
		{ directive: `seconds=90 ending=${ending}` },
	]),
	...['json', 'redirect', 'bytes'].map((content) => ({
		directive: `seconds=0 ending=noUrl content=${content}`,
	})),
	...routes.flatMap((route) => faultKinds.flatMap((kind) => faultsOf(route, kind))),
];

function faultsOf(route: (typeof routes)[number], kind: Fault['kind']): Play[] {
	const directive = route === 'content' ? 'seconds=0 ending=noUrl' : 'seconds=0';
	const httpStatuses = kind === 'status' ? refusals : [undefined];
	return httpStatuses.flatMap((httpStatus) =>
		[1, 1000].map((times) => ({
			directive,
			fault: { kind, route, times, ...(httpStatus !== undefined && { httpStatus }) },
		})),
	);
}

/** The keys the simulator takes, and a secret in each other field of a credential that can hold one. */
function plant(simulator: Simulator): { credentials: CredentialValues; secrets: string[] } {
	const secrets: string[] = providerNames.map((name) => simulator.key(name));
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

/** Where a provider is to call when a job has ended, for those that take such an address. */
function callbackOf(provider: ProviderName, simulator: Simulator): { callbackUrl?: string } {
	const { options } = (providers[provider] as Provider).create;
	return 'callbackUrl' in options
		? { callbackUrl: `${simulator.cdnOrigin}/callback?job=mine` }
		: {};
}

/** Runs a pipeline, and looks at all that is left of it and at all that other hosts have seen of it. */
async function leaveNothing(provider: ProviderName, play: Play, turn: number): Promise<void> {
	const simulator = await startSimulator({ clock: fastClock });
	if (play.fault !== undefined) simulator.failNext(play.fault);
	const { credentials, secrets } = plant(simulator);
	const callback = callbackOf(provider, simulator);
	const settings = { onError: onErrors[turn % onErrors.length] };
	const stored: string[] = [];
	let stop: NodeJS.Timeout | undefined;
	const run = await runWorkflow(
		inARow(
			createNode(
				provider,
				{ options: { extraFields: '{ "note": "mine" }', ...callback } },
				settings,
			),
			pollNode(provider, { waiting: 'automatic', options: { includeRaw: true } }, settings),
		),
		{
			credentials,
			items: [{ json: { prompt: `A cat [sim ${play.directive}]` } }],
			onSuspend: (text) => stored.push(text),
			onStart: (cancel) => {
				clearTimeout(stop);
				stop = setTimeout(() => {
					cancel();
					// A submit on its way is not broken off by that: its provider goes away.
					void simulator.close();
				}, longestRunMs);
			},
		},
	).catch((error: Error) => error);
	clearTimeout(stop);
	await simulator.close();
	expectNoLeak(secrets, { run, stored });
	const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(placesOf(secrets, abroad)).toEqual([]);
	expect(abroad.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
	// What calls back is the provider alone, and nothing was added to where.
	expect(abroad.filter(({ path }) => path.startsWith('/callback'))).toEqual([]);
	const bodies = simulator.ledger.map(({ fields }) => fields);
	expect(placesOf(secrets, bodies)).toEqual([]);
	for (const { callback_url: sent } of bodies) expect(sent).toBe(callback.callbackUrl);
	callsMade += simulator.calls.length - abroad.length;
}

async function playAll(provider: ProviderName): Promise<string[]> {
	const first = providerNames.indexOf(provider) % share;
	const pending = [...plays.entries()].filter(([turn]) => turn % share === first);
	const leaks: string[] = [];
	const player = async () => {
		for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
			const [turn, play] = next;
			await leaveNothing(provider, play, turn).catch((error: Error) => {
				leaks.push(`${JSON.stringify(play)}: ${error.message}`);
			});
		}
	};
	await Promise.all(Array.from({ length: playsAtATime }, player));
	return leaks;
}

test.each(providerNames)(
	'%s: no ending and no fault lets a secret out',
	async (provider) => {
		expect(plays.length).toBeGreaterThan(100);
		expect(await playAll(provider)).toEqual([]);
		// The key itself was at work.
		expect(callsMade).toBeGreaterThan(isWhole ? 10 : 1);
		callsMade = 0;
	},
	600_000,
);

test('nothing of a secret is logged, at the level "debug"', async () => {
	expect(logged.join('')).toMatch(/Veo Create/);
	const simulator = await startSimulator();
	const { secrets } = plant(simulator);
	await simulator.close();
	expect(placesOf(secrets, logged)).toEqual([]);
	expect(logged.join('')).not.toContain('sk-canary-');
});
