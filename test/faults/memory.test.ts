import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { FaultKind, RouteName } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import { credentialsFor } from '../engine/workflow';
import { isWhole } from './scale';

const run = promisify(execFile);

// Reading one of them whole would take 100 MB, or 1 GB.
const mostGrowthMb = 64;

/** Lets a process of its own meet the fault, so that nothing but the node's side is measured. */
async function growthMb(kind: FaultKind, route: RouteName): Promise<number> {
	const simulator = await startSimulator();
	try {
		simulator.failNext({ kind, route, acceptFirst: true, times: 1000 });
		const program = join(__dirname, 'measuredProcess.ts');
		const given = JSON.stringify({ route, credentials: credentialsFor(simulator) });
		const { stdout } = await run(process.execPath, ['--import', 'tsx', program, given], {
			cwd: join(__dirname, '..', '..'),
		});
		expect(simulator.spoiltCount()).toBeGreaterThan(0);
		return Number(/^grown by (\d+) MB$/m.exec(stdout)?.[1]);
	} finally {
		await simulator.close();
	}
}

const cases = [
	['gzipBomb', 'status'],
	['hugeJson', 'status'],
	['gzipBomb', 'create'],
	['hugeJson', 'create'],
] as const;

test.each(isWhole ? cases : cases.slice(0, 1))(
	'%s as the answer to %s is not read into memory',
	async (kind, route) => {
		const grown = await growthMb(kind, route);
		process.stdout.write(`${kind}, ${route}: the resident set grew by ${grown} MB\n`);
		expect(grown).toBeLessThan(mostGrowthMb);
	},
	1_200_000,
);
