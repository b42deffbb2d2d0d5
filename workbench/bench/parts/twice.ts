/*
 * What is bought twice with n8n's Retry On Fail enabled when the answer to a create is lost or a check fails.
 * On n8n's own engine, in virtual time.
 */
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import { useN8nNodes } from '../n8nNodes';
import type { BenchProvider, ProviderBehavior } from '../provider';
import { startBenchProvider } from '../provider';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';

export interface TwiceRow {
	contestant: string;
	fault: string;
	wanted: number;
	bought: number;
	delivered: number;
}

interface Fault extends Pick<TwiceRow, 'fault' | 'wanted'> {
	behavior: Partial<ProviderBehavior>;
}

const faults: readonly Fault[] = [
	{ fault: 'the answer to the create is lost', wanted: 1, behavior: { loseCreateAnswers: 1 } },
	{ fault: 'one check is answered with 502', wanted: 1, behavior: { failFirstCheckOf: 0 } },
	{
		fault: 'one check of the tenth of ten jobs is answered with 502',
		wanted: 10,
		behavior: { failFirstCheckOf: 9 },
	},
];

// The defaults of n8n's editor.
const retryOnFail = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1000 };

export async function measureTwice(): Promise<TwiceRow[]> {
	await useN8nNodes();
	const provider = await startBenchProvider();
	const rows: TwiceRow[] = [];
	for (const fault of faults) {
		for (const contestant of contestants)
			rows.push(await measureFault(contestant, provider, fault));
	}
	await provider.close();
	return rows;
}

async function measureFault(
	contestant: Contestant,
	provider: BenchProvider,
	{ fault, wanted, behavior }: Fault,
): Promise<TwiceRow> {
	provider.reset();
	Object.assign(provider.behavior, behavior);
	const prompts = Array.from({ length: wanted }, (_, item) => `Item ${item} [sim seconds=100]`);
	const { videos } = await inVirtualTime(
		// A new base URL: no durations learned.
		async () => await timedRun(contestant, provider.newAddress(), prompts, retryOnFail),
	);
	const bought = provider.jobs.length;
	return { contestant: contestant.id, fault, wanted, bought, delivered: videos };
}
