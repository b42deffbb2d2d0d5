import { contestantNamed } from '../../workbench/bench/contestants';
import type { BenchGateway } from '../../workbench/bench/gateway';
import { startBenchGateway } from '../../workbench/bench/gateway';
import { timedRun } from '../../workbench/bench/timedRun';
import { inVirtualTime } from '../../workbench/virtualTime';

let gateway: BenchGateway;
beforeAll(async () => {
	gateway = await startBenchGateway();
});
beforeEach(() => gateway.reset());
afterAll(async () => await gateway.close());

const run = async (contestant: string, prompts: readonly string[]) =>
	await inVirtualTime(
		async () => await timedRun(contestantNamed(contestant), gateway.newAddress(), prompts),
	);

const lasting = (seconds: number) => `A boat [sim seconds=${seconds}]`;
const wholeMs = (timed: { startedAt: number; endedAt: number }) => timed.endedAt - timed.startedAt;

test('Hold is held from the start to the end', async () => {
	const timed = await run('hold', [lasting(90), lasting(100)]);
	expect(timed).toMatchObject({ videos: 2, outputItems: 2, resumedAt: [], stored: [] });
	expect(timed.heldMs).toBe(wholeMs(timed));
	expect(timed.heldMs).toBeGreaterThanOrEqual(100_000);
	expect(timed.stretchMs).toHaveLength(1);
});

test('Suspend is held at no time, although it lasts as long as its job', async () => {
	const timed = await run('suspend', [lasting(100)]);
	expect(timed.videos).toBe(1);
	expect(wholeMs(timed)).toBeGreaterThanOrEqual(100_000);
	expect(timed.heldMs).toBeLessThan(1_000);
	expect(timed.resumedAt).toHaveLength(timed.stored.length);
	expect(timed.stretchMs).toHaveLength(timed.stored.length + 1);
});

test('what is held and what is suspended is the whole', async () => {
	// It begins to move before the first look, which tells the end: Automatic holds its last stretch.
	const timed = await run('automatic', [lasting(300)]);
	expect(timed.stored.length).toBeGreaterThan(0);
	expect(timed.heldMs).toBeGreaterThan(1_000);
	expect(timed.heldMs).toBeLessThan(wholeMs(timed) / 2);
	const lastMs = timed.endedAt - (timed.resumedAt.at(-1) ?? NaN);
	expect(lastMs).toBeLessThanOrEqual(timed.heldMs);
});

test('an execution that ends in an error says so, and counts what came out', async () => {
	gateway.manners.loseCreateAnswers = 1;
	const timed = await run('hold', [lasting(10)]);
	expect(timed).toMatchObject({ videos: 0, outputItems: 0 });
	expect(timed.error).toContain('no clear answer to the submit');
	expect(gateway.jobs).toHaveLength(1);
});
