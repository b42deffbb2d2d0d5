import { fastClock } from '../engine/fastTime';
import { createNode, jobsOf, pollNode, runNodes } from '../engine/workflow';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { expectPromisesKept, errorItemOf } from './promises';

testRoute({
	name: 'status',
	times: ['once', 'always'],
	clock: fastClock,
	stated: ({ fault, times }) => outcomesOf(fault).status[times === 'once' ? 0 : 1],
	play: async (simulator, { fault, provider, times }) => {
		const spoilt = times === 'once' ? 1 : 1000;
		// A provider has one of the two.
		simulator.failNext({ ...faultNamed(fault), provider, route: 'status', times: spoilt });
		simulator.failNext({ ...faultNamed(fault), route: 'taskData', times: spoilt });
		const node = pollNode(
			provider,
			{ download: false, timeoutMinutes: 3, options: { tolerance: 2, includeRaw: true } },
			{ onError: 'continueErrorOutput' },
		);
		const prompt = 'A cat [sim seconds=0]';
		const run = await runNodes(simulator, [createNode(provider), node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		const jobId = simulator.ledger[0]?.jobId;
		const [job] = jobsOf(run, node.name);
		if (job !== undefined) {
			expect(job).toMatchObject({ jobId, status: 'succeeded' });
			return job.checks === 1 ? 'read' : 'checkedAgain';
		}
		const item = errorItemOf(run, node.name);
		expect(item?.details.jobId).toBe(jobId);
		if (/has refused \d+ checks since then as too many/.test(item?.details.description ?? '')) {
			return 'limited';
		}
		return /did not answer 2 checks in a row/.test(String(item?.error)) ? 'unanswered' : 'refused';
	},
});
