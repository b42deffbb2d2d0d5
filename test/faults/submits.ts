import type { INode, IRun } from 'n8n-workflow';
import { expect } from '@jest/globals';
import type { OperationName } from '../../nodes/providers/provider';
import type { Fault, Simulator } from '../../workbench/simulator';
import { jobsOf, submitsTo } from '../engine/workflow';
import type { FaultName, NamedFault } from './faultList';
import { faults } from './faultList';
import { toldBy } from './promises';

const openStatuses = [408, 409, 423, 424, 499];

/** Whether the fault is a plain no. Everything else may come after the provider has taken the job. */
function isPlainNo({ kind, httpStatus = 302 }: NamedFault): boolean {
	if (kind === 'redirect' || kind === 'redirectLoop') return httpStatus !== 303;
	const isRefusal = httpStatus >= 400 && httpStatus < 500 && !openStatuses.includes(httpStatus);
	return (kind === 'status' || kind === 'html') && isRefusal;
}

/** The fault at a submit, where it costs most: after the job was bought, if it may come then. */
export const atSubmit = (fault: FaultName): Fault => ({
	...faults[fault],
	acceptFirst: !isPlainNo(faults[fault]),
});

/** What became of the submit of a node, and whether what the node says of it is true. */
export function outcomeOfSubmit(
	run: IRun,
	{ name }: INode,
	simulator: Simulator,
	operation: OperationName,
): string {
	const bought = simulator.ledger.filter((each) => each.operation === operation);
	const others = simulator.ledger.length - bought.length;
	const submits = submitsTo(simulator).length - others;
	const [job] = jobsOf(run, name);
	if (job !== undefined) {
		expect(job.jobId).toBe(bought[0]?.jobId);
		return submits === 1 ? 'started' : 'sentAgain';
	}
	expect(submits).toBe(1);
	const told = toldBy(run, name);
	if (told?.details.failure.code === 'outcome_unknown') {
		expect(told.details.description).toMatch(/may have been started and paid for/);
		return 'unknown';
	}
	expect(bought).toEqual([]);
	expect(told?.details.description).toMatch(/Nothing was started or paid for/);
	return 'refused';
}
