import type { WaitRules } from '../../nodes/jobs/chooseWait';
import { chooseWait, holdReason } from '../../nodes/jobs/chooseWait';

const second = 1_000;

const rules = (changed: Partial<WaitRules> = {}): WaitRules => ({
	waiting: 'automatic',
	canCallAgain: true,
	isLegacyOrder: false,
	isSubWorkflow: false,
	startedAt: 0,
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

describe('the wait that takes place', () => {
	const hold = (seconds: number) => ({ at: seconds * second, how: 'hold' as const });
	const suspend = (seconds: number) => ({ at: seconds * second, how: 'suspend' as const });

	test.each([
		['a short first hold stays', hold(30), {}, hold(30)],
		['a long first hold becomes a suspension', hold(31), {}, suspend(75)],
		['a very long one as well', hold(100), {}, suspend(100)],
		['not where the jobs are stored', hold(60), { isStored: true }, hold(60)],
		['not where Hold was chosen', hold(60), { waiting: 'hold' as const }, hold(60)],
		['not past the deadline', hold(60), { deadline: 74 * second }, hold(60)],
		['not past the workflow timeout', hold(60), { workflowTimeoutMs: 134 * second }, hold(60)],
		['a suspension stays', suspend(300), {}, suspend(300)],
		[
			'and ends a minute before the workflow timeout',
			suspend(300),
			{ workflowTimeoutMs: 300 * second },
			suspend(240),
		],
	])('%s', (_title, planned, changed, expected) => {
		expect(chooseWait(planned, rules(changed), 10 * second)).toEqual(expected);
	});
});
