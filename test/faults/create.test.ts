import { fastClock } from '../engine/fastTime';
import './fastSockets';
import { providers } from '../../nodes/providers';
import { createNode, jobsOf, runNodes, submitsTo } from '../engine/workflow';
import type { NamedFault } from './faultList';
import { faults } from './faultList';
import { testRoute } from './matrix';
import { outcomes } from './outcomes';
import { expectPromisesKept, toldBy } from './promises';

/** Whether the fault is a plain no. Everything else may come after the gateway has taken the job. */
const isPlainNo = ({ kind, httpStatus = 0 }: NamedFault) =>
	(kind === 'status' || kind === 'html') &&
	httpStatus >= 400 &&
	httpStatus < 500 &&
	httpStatus !== 408;

testRoute({
	name: 'create',
	times: ['once'],
	clock: fastClock,
	stated: ({ fault, gateway }) => {
		const { create, streamedCreate = create } = outcomes[fault];
		return providers[gateway].create.isEnough === undefined ? create : streamedCreate;
	},
	play: async (simulator, { fault, gateway }) => {
		const { kind, ...more } = faults[fault] as NamedFault;
		const acceptFirst = !isPlainNo(faults[fault]);
		simulator.failNext({ kind, ...more, gateway, route: 'create', acceptFirst });
		const node = createNode(gateway, {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat [sim seconds=0]' }]);
		expectPromisesKept(run, simulator, gateway);
		const [job] = jobsOf(run, node.name);
		const submits = submitsTo(simulator).length;
		if (job !== undefined) {
			expect(job.jobId).toBe(simulator.ledger[0]?.jobId);
			return submits === 1 ? 'started' : 'sentAgain';
		}
		expect(submits).toBe(1);
		const told = toldBy(run, node.name);
		if (told?.details.failure.code === 'outcome_unknown') {
			expect(told.details.description).toMatch(/may have been started and paid for/);
			return 'unknown';
		}
		expect(simulator.ledger).toEqual([]);
		expect(told?.details.description).toMatch(/Nothing was started or paid for/);
		return 'refused';
	},
});
