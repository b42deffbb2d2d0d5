import { contestantNamed } from '../../workbench/bench/contestants';
import type { BenchProvider } from '../../workbench/bench/provider';
import { startBenchProvider } from '../../workbench/bench/provider';
import { timedRun } from '../../workbench/bench/timedRun';
import { inVirtualTime } from '../../workbench/virtualTime';

let provider: BenchProvider;
beforeAll(async () => {
	provider = await startBenchProvider();
});
beforeEach(() => provider.reset());
afterAll(async () => await provider.close());

const run = async (contestant: string, prompts: readonly string[]) =>
	await inVirtualTime(
		async () => await timedRun(contestantNamed(contestant), provider.newAddress(), prompts),
	);

const promptFor = (seconds: number) => `A boat [sim seconds=${seconds}]`;
const wholeMs = (timed: { startedAt: number; endedAt: number }) => timed.endedAt - timed.startedAt;

test('Hold is running from the start to the end', async () => {
	const timed = await run('hold', [promptFor(90), promptFor(100)]);
	expect(timed).toMatchObject({ videos: 2, stored: [] });
	expect(timed.heldMs).toBe(wholeMs(timed));
	expect(timed.heldMs).toBeGreaterThanOrEqual(100_000);
});

test('Suspend is running at no time, although it lasts as long as its job', async () => {
	const timed = await run('suspend', [promptFor(100)]);
	expect(timed.videos).toBe(1);
	expect(wholeMs(timed)).toBeGreaterThanOrEqual(100_000);
	expect(timed.heldMs).toBeLessThan(1_000);
	expect(timed.stored.length).toBeGreaterThan(0);
});

test('Automatic is running in its last stretch', async () => {
	// Some jitters lead from a suspension past the end of the job.
	const jitter = jest.spyOn(Math, 'random').mockReturnValue(0);
	const timed = await run('automatic', [promptFor(300)]);
	jitter.mockRestore();
	expect(timed.stored.length).toBeGreaterThan(0);
	expect(timed.heldMs).toBeGreaterThan(1_000);
	expect(timed.heldMs).toBeLessThan(wholeMs(timed) / 2);
});

test('an execution that ends in an error has the message, and no video', async () => {
	provider.behavior.loseCreateAnswers = 1;
	const timed = await run('hold', [promptFor(10)]);
	expect(timed).toMatchObject({ videos: 0 });
	expect(timed.error).toEqual(expect.any(String));
	expect(provider.jobs).toHaveLength(1);
});
