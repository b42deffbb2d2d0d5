import type { WaitRules } from '../../nodes/jobs/chooseWait';
import { chooseWait, holdReason, holdUntil } from '../../nodes/jobs/chooseWait';

const second = 1_000;

const rules = (changed: Partial<WaitRules> = {}): WaitRules => ({
	waiting: 'automatic',
	canCallAgain: true,
	isLegacyOrder: false,
	isSubWorkflow: false,
	deadline: 1_800 * second,
	workflowTimeoutMs: undefined,
	isStored: false,
	...changed,
});

describe('why a node holds', () => {
	test.each<[string, Partial<WaitRules>, boolean, ReturnType<typeof holdReason>]>([
		['nothing keeps it from suspending', {}, false, undefined],
		['n8n cannot call it again', { canCallAgain: false }, false, 'cannotSuspend'],
		['the execution order v0', { waiting: 'suspend', isLegacyOrder: true }, false, 'legacyOrder'],
		['a sub-workflow with Automatic', { isSubWorkflow: true }, false, 'subWorkflow'],
		['a sub-workflow with Suspend', { isSubWorkflow: true, waiting: 'suspend' }, false, undefined],
		['a file in memory', { waiting: 'suspend' }, true, 'filesInMemory'],
		['a short workflow timeout', { workflowTimeoutMs: 124 * second }, false, 'workflowTimeout'],
		['a longer workflow timeout', { workflowTimeoutMs: 125 * second }, false, undefined],
		['Hold', { waiting: 'hold', canCallAgain: false }, true, undefined],
	])('%s', (_title, changed, filesAreInMemory, reason) => {
		expect(holdReason(rules(changed), 0, filesAreInMemory)).toBe(reason);
	});
});

test.each([
	['30 seconds, so that a crash loses little', {}, 30 * second],
	['any time where the jobs are stored', { isStored: true }, Infinity],
])('Automatic may hold for %s', (_title, changed, expected) => {
	expect(holdUntil(rules(changed))).toBe(expected);
});

describe('the wait that takes place', () => {
	const hold = (seconds: number) => ({ at: seconds * second, how: 'hold' as const });
	const suspend = (seconds: number) => ({ at: seconds * second, how: 'suspend' as const });

	test.each([
		['a hold stays', hold(300), { workflowTimeoutMs: 200 * second }, hold(300)],
		['a suspension stays', suspend(300), {}, suspend(300)],
		[
			'and ends a minute before the workflow timeout',
			suspend(300),
			{ workflowTimeoutMs: 300 * second },
			suspend(240),
		],
		['the shortest suspension', suspend(65), {}, suspend(65)],
		['n8n resumes a shorter one late, past the deadline: a hold', suspend(64), {}, hold(64)],
		['Suspend holds for no deadline', suspend(64), { waiting: 'suspend' as const }, suspend(64)],
		['but after its last check', suspend(1), { waiting: 'suspend' as const }, hold(1)],
	])('%s', (_title, planned, changed, expected) => {
		expect(chooseWait(planned, rules(changed), 0)).toEqual(expected);
	});
});
