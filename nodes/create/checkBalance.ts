import type { IExecuteFunctions } from 'n8n-workflow';
import type { ProviderConnection } from '../fields/connection';
import type { Clock } from '../jobs/clock';
import type { Outcome } from '../jobs/outcome';
import { retryTransient } from '../jobs/retryTransient';
import type { Provider } from '../providers/provider';
import { callAndRead } from '../transport/callAndRead';
import type { LimitOption } from './limitValues';
import { readLimitValues } from './limitValues';

/** Why no job must be started: the balance is too low or unknown. */
export interface BalanceProblem {
	message: string;
	whatNext: string;
	/** Whether a later run may find it otherwise. */
	retryable: boolean;
}

/** Asks for the balance at its first call in a run, and gives the same answer to all later ones. */
export type BalanceCheck = (connection: ProviderConnection) => Promise<BalanceProblem | undefined>;

type Balance = NonNullable<Provider['balance']>;

const minBalanceOption: LimitOption = {
	name: 'minBalance',
	label: 'Stop Below Balance',
	rule: 'a number above 0',
	isValid: (value) => Number.isFinite(value) && value > 0,
};

/**
 * Reads the option Stop Below Balance; of several values the largest counts. The check is called when the
 * first job is about to be sent, so that a rehearsal and jobs that are handed back ask for nothing.
 */
export function openBalanceCheck(
	context: IExecuteFunctions,
	{ balance }: Provider,
	clock: Clock,
): BalanceCheck {
	const values = readLimitValues(context, minBalanceOption);
	if (balance === undefined || values.length === 0) return async () => undefined;
	const min = values.reduce((largest, each) => Math.max(largest, each));
	let asked: Promise<BalanceProblem | undefined> | undefined;
	return async (connection) => await (asked ??= compareBalance(connection, balance, min, clock));
}

async function compareBalance(
	connection: ProviderConnection,
	balance: Balance,
	min: number,
	clock: Clock,
): Promise<BalanceProblem | undefined> {
	const { label } = connection.provider;
	const outcome = await readBalance(connection, balance, clock);
	if (outcome.kind !== 'read') {
		const advice = [
			'The option Stop Below Balance is set, and without the balance no job is started.',
			balance.note,
			'Try again later, or remove the option.',
		];
		return {
			message: `The balance at ${label} cannot be read: ${outcome.failure.message}`,
			whatNext: advice.filter((each) => each !== undefined).join(' '),
			retryable: isTransient(outcome),
		};
	}
	if (outcome.value >= min) return undefined;
	return {
		message: `The balance at ${label} is ${outcome.value}, and Stop Below Balance is ${min} (${balance.unit})`,
		whatNext: 'Top up the account, or lower Stop Below Balance in the options of the node.',
		retryable: false,
	};
}

const maxCallMs = 15_000;
// A provider that is restarted answers again within half a minute. The node and its worker wait meanwhile.
const maxRetryMs = 30_000;

async function readBalance(
	connection: ProviderConnection,
	{ parts, keyUrlField = '' }: Balance,
	clock: Clock,
): Promise<Outcome<number>> {
	const keyUrl = connection.settings[keyUrlField] ?? '';
	const keyUrls = [...connection.keyUrls, ...(keyUrl === '' ? [] : [keyUrl])];
	const endsAt = clock.now() + maxRetryMs;
	const budget = { leftMs: () => (clock.isCanceled() ? 0 : endsAt - clock.now()) };
	let sum = 0;
	for (const { request, read } of parts) {
		const call = request(connection.settings);
		const outcome = await retryTransient(
			async () =>
				await callAndRead({ ...connection, keyUrls }, call, read, { timeoutMs: maxCallMs }),
			isTransient,
			clock,
			budget,
		);
		if (outcome.kind !== 'read') return outcome;
		sum += outcome.value;
	}
	// A difference of decimal fractions has an error in its last digits: 0.3 - 0.1 is not 0.2.
	return { kind: 'read', value: Number(sum.toFixed(6)) };
}

function isTransient(outcome: Outcome<number>): boolean {
	switch (outcome.kind) {
		case 'read':
			return false;
		case 'refused':
			return outcome.failure.retryable;
		case 'notAccepted':
			return outcome.permanent !== true;
		case 'unknown':
			return true;
	}
}
