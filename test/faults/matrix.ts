import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderName } from '../../nodes/providers';
import type { Clock, Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { startSimulator } from '../../workbench/simulator';
import { passSeconds } from '../engine/fastTime';
import type { FaultName } from './faultList';
import { faultNames } from './faultList';
import { inParallel, isWhole } from './scale';

/** One fault on one route of one provider. */
export interface Cell {
	fault: FaultName;
	provider: ProviderName;
	/** How many requests the fault spoils: one, or all there will be. */
	times: 'once' | 'always';
}

/** One route: what is stated of each cell, and how to see what really becomes of it. */
export interface Route {
	name: string;
	/** Those that have the route. Default: all. */
	providers?: readonly ProviderName[];
	times: ReadonlyArray<Cell['times']>;
	stated(cell: Cell): string;
	/** What became of it, in the words of the table. Throws where a promise was broken. */
	play(simulator: Simulator, cell: Cell): Promise<string>;
	clock?: Clock;
	isOurs?(cell: Cell): boolean;
}

/** The short form deals the faults out: each comes once, at one provider, and each provider gets its share. */
function cellsOf({ providers = providerNames, times, isOurs = () => true }: Route): Cell[] {
	const cells = faultNames.flatMap((fault, faultIndex) =>
		providers.flatMap((provider, providerIndex) =>
			times
				.filter((each) => {
					const isItsTurn = (faultIndex + providerIndex) % providers.length === 0;
					return isWhole || (each === 'once' && isItsTurn);
				})
				.map((each): Cell => ({ fault, provider, times: each })),
		),
	);
	return cells.filter(isOurs);
}

/** Plays all cells of a route, several at a time, and tests that each has the outcome stated. */
export function testRoute(route: Route): void {
	const cells = cellsOf(route);
	const played = new Map<Cell, Promise<string>>();
	const simulators: Simulator[] = [];

	beforeAll(async () => {
		const free: Simulator[] = await Promise.all(
			Array.from({ length: inParallel }, () => startSimulator({ clock: route.clock })),
		);
		simulators.push(...free);
		const queue = new Map<Cell, (outcome: Promise<string>) => void>();
		for (const cell of cells) {
			const outcome = new Promise<string>((resolve) => queue.set(cell, resolve));
			// Its own test fails.
			outcome.catch(() => undefined);
			played.set(cell, outcome);
		}
		const work = async (simulator: Simulator) => {
			for (const [cell, resolve] of queue) {
				queue.delete(cell);
				const outcome = route.play(simulator, cell);
				resolve(outcome);
				await outcome.catch(() => undefined);
				simulator.reset();
				// n8n's helper keeps the connection of a body that never ends: in every later cell virtual
				// time would watch it.
				simulator.dropConnections();
				await passSeconds(1);
			}
		};
		void Promise.all(free.map(work));
	});
	afterAll(async () => {
		await Promise.all(simulators.map(async (simulator) => await simulator.close()));
	});

	describe.each(route.providers ?? providerNames)(`${route.name}: %s`, (provider) => {
		for (const cell of cells.filter((each) => each.provider === provider)) {
			const stated = route.stated(cell);
			test(
				`${cell.fault} | ${cell.times} | ${stated}`,
				async () => expect(await played.get(cell)).toBe(stated),
				// A cell begins when one of those before it has ended: busy cores delay them all.
				1_200_000,
			);
		}
	});
}
