import type { INode, IRun } from 'n8n-workflow';
import { expect } from '@jest/globals';
import type { OperationName } from '../../nodes/providers/provider';
import type { Fault, Simulator } from '../../workbench/simulator';
import { jobsOf, submitsTo } from '../engine/workflow';
import type { FaultName, NamedFault } from './faultList';
import { faultNamed } from './faultList';
import { errorItemOf } from './promises';

const ambiguousStatuses = [408, 409, 423, 424, 499];

/** Whether the fault is a clear refusal. Every other one may come after the job was accepted. */
function isClearRefusal({ kind, httpStatus = 302 }: NamedFault): boolean {
	if (kind === 'redirect' || kind === 'redirectLoop') return httpStatus !== 303;
	const isClientError = httpStatus >= 400 && httpStatus < 500;
	const isRefusal = isClientError && !ambiguousStatuses.includes(httpStatus);
	return (kind === 'status' || kind === 'html') && isRefusal;
}

/** The fault where it costs most: after the job was accepted, if it may come then. */
export const atCreate = (fault: FaultName): Fault => ({
	...faultNamed(fault),
	acceptFirst: !isClearRefusal(faultNamed(fault)),
});

/** The outcome of the paid request of a node, if what the node says of it is true. */
export function outcomeOf(
	run: IRun,
	{ name }: INode,
	simulator: Simulator,
	operation: OperationName,
): string {
	const paid = simulator.ledger.filter((each) => each.operation === operation);
	const others = simulator.ledger.length - paid.length;
	const sent = submitsTo(simulator).length - others;
	const [job] = jobsOf(run, name);
	if (job !== undefined) {
		expect(job.jobId).toBe(paid[0]?.jobId);
		if (sent > 1) return 'sentAgain';
		return simulator.calls.some(({ route }) => route === 'find') ? 'found' : 'started';
	}
	expect(sent).toBe(1);
	const details = errorItemOf(run, name)?.details;
	if (details?.failure.code === 'outcome_unknown') {
		expect(details.description).toMatch(/may have been started and paid for/);
		return 'unknown';
	}
	expect(paid).toEqual([]);
	expect(details?.description).toMatch(/Nothing was started or paid for/);
	return 'refused';
}
