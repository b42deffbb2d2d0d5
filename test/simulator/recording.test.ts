import type { ManualClock, Simulator } from '../../workbench/simulator';
import { manualClock, startSimulator } from '../../workbench/simulator';
import { at, call, formOf, image } from './calls';
import { createJob, status } from './creates';

let simulator: Simulator;
let clock: ManualClock;

beforeEach(async () => {
	clock = manualClock();
	simulator = await startSimulator({ clock });
});
afterEach(() => simulator.close());

test('everything is recorded, and forgotten on reset', async () => {
	const jobId = await createJob(simulator, 'apimp', 'A cat');
	await status(simulator, 'apimp', jobId);
	const authorization = `Bearer ${simulator.key('apimp')}`;
	expect(simulator.calls).toMatchObject([
		{
			origin: 'provider',
			provider: 'apimp',
			method: 'POST',
			path: '/apimp/api/generate/submit',
			httpStatus: 200,
			headers: { authorization },
		},
		{ method: 'GET', path: `/apimp/api/generate/status/${jobId}`, at: clock.now() },
	]);
	simulator.reset();
	expect([simulator.calls, simulator.ledger]).toEqual([[], []]);
	expect((await status(simulator, 'apimp', jobId)).httpStatus).toBe(404);
});

test('a large file arrives whole', async () => {
	const large = Buffer.concat([image, Buffer.alloc(5_000_000, 7)]);
	const form = formOf(['prompt', 'A cat'], ['input_reference', large]);
	await call(simulator, 'deerApi', 'POST', '/v1/videos', { form });
	expect(large.equals(at(simulator.ledger[0]?.fields, 'input_reference', 'bytes') as Buffer)).toBe(
		true,
	);
});
