import { fastClock } from '../engine/fastTime';
import { expect } from '@jest/globals';
import { providersWith } from '../../nodes/providers';
import { createNode, jobsOf, runNodes } from '../engine/workflow';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { errorItemOf, expectPromisesKept } from './promises';

const prompt = 'A cat [sim seconds=0]';
const onError = 'continueErrorOutput';

/* The balance that a run asks for comes with a fault. Without a balance nothing is bought. */
testRoute({
	name: 'balance',
	providers: providersWith('balance'),
	times: ['once', 'always'],
	clock: fastClock,
	// It is read as a status is, and not again where it was refused.
	stated: ({ fault, times }) => {
		const [once, always] = outcomesOf(fault).status;
		const read = times === 'once' && always !== 'refused' ? once : always;
		return read === 'read' || read === 'checkedAgain' ? 'started' : 'notStarted';
	},
	play: async (simulator, { fault, provider, times }) => {
		const spoilt = times === 'always' ? 1000 : 1;
		simulator.failNext({ ...faultNamed(fault), route: 'balance', times: spoilt });
		const node = createNode(provider, { options: { minBalance: 1 } }, { onError });
		const run = await runNodes(simulator, [node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		const [job] = jobsOf(run, node.name);
		if (job !== undefined) {
			expect(job.jobId).toBe(simulator.ledger[0]?.jobId);
			return 'started';
		}
		expect(simulator.calls.filter(({ route }) => route !== 'balance')).toEqual([]);
		const { failure, description } = errorItemOf(run, node.name)?.details ?? {};
		expect(failure?.code).toBe('limit_reached');
		expect(description).toMatch(/Nothing was sent/);
		return 'notStarted';
	},
});
