/*
 * What is bought twice: n8n's own Retry On Fail is on, and one answer is lost or one check fails. On
 * n8n's own engine, in virtual time.
 */
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import type { BenchGateway, GatewayManners } from '../gateway';
import { startBenchGateway } from '../gateway';
import { useN8nNodes } from '../n8nNodes';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';
import { runPart } from './part';

export interface TwiceRow {
	contestant: string;
	mishap: string;
	wanted: number;
	bought: number;
	delivered: number;
	error?: string;
}

interface Mishap {
	mishap: string;
	wanted: number;
	manners: Partial<GatewayManners>;
}

const mishaps: readonly Mishap[] = [
	{
		mishap: 'the answer to the create is lost',
		wanted: 1,
		manners: { loseCreateAnswers: 1 },
	},
	{ mishap: 'one check is answered with 502', wanted: 1, manners: { failFirstCheckOf: [0] } },
	{
		mishap: 'one check of the tenth of ten jobs is answered with 502',
		wanted: 10,
		manners: { failFirstCheckOf: [9] },
	},
];

async function measureTwice(): Promise<TwiceRow[]> {
	useN8nNodes();
	const gateway = await startBenchGateway();
	const rows: TwiceRow[] = [];
	for (const mishap of mishaps) {
		for (const contestant of contestants) rows.push(await measure(contestant, gateway, mishap));
	}
	await gateway.close();
	return rows;
}

async function measure(
	contestant: Contestant,
	gateway: BenchGateway,
	{ mishap, wanted, manners }: Mishap,
): Promise<TwiceRow> {
	gateway.reset();
	Object.assign(gateway.manners, manners);
	const prompts = Array.from({ length: wanted }, (_, item) => `Item ${item} [sim seconds=100]`);
	const run = await inVirtualTime(
		async () => await timedRun(contestant, gateway, prompts, { retryOnFail: true }),
	);
	return {
		contestant: contestant.id,
		mishap,
		wanted,
		bought: gateway.jobs.length,
		delivered: run.videos,
		...(run.error !== undefined && { error: run.error }),
	};
}

runPart('twice', measureTwice);
