import { fastClock } from '../engine/fastTime';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { buyUnderFaults, tableOf } from './randomPurchases';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

test('1,000 creates under random faults: none bought twice, none lost', async () => {
	const purchases = await buyUnderFaults(simulator, 1_000, seed);
	process.stdout.write(`Creates under random faults\n${tableOf(seed, purchases)}\n`);
	expect(purchases.boughtTwice).toEqual([]);
	expect(purchases.lost).toEqual([]);
	// Each way to end was taken, or the faults were too kind.
	const { cameOut, answerLost, unknownUnbought, notBought, retries } = purchases;
	expect(cameOut + answerLost + unknownUnbought + notBought).toBe(1_000);
	for (const ways of [cameOut, answerLost, unknownUnbought, notBought, retries]) {
		expect(ways).toBeGreaterThan(20);
	}
}, 600_000);
