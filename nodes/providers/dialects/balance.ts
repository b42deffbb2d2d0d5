/*
 * What an account has left, from the free routes of its provider.
 * New API: docs.newapi.pro, api/fei-account-billing-panel; QuantumNous/new-api, controller/billing.go
 * Kie.ai: https://docs.kie.ai/common-api/get-account-credits
 * Fal.ai: https://fal.ai/docs/platform-apis/v1/account/billing
 */
import { describeAnswer, describeBody } from '../../wire/answers';
import type { Answer, Call, Problem, Reading } from '../../wire/call';
import { isErrorBody } from '../../wire/failures';
import { readNumber, readString } from '../../wire/readers';
import { withoutSlash } from '../../wire/writers';
import type { Provider } from '../provider';
import { problemIn } from './createTask';

type Balance = NonNullable<Provider['balance']>;

function readAmount(answer: Answer, ...keys: string[]): Reading<number> {
	const amount = readNumber(answer.body, ...keys);
	if (amount !== undefined) return { kind: 'read', value: amount };
	// Some errors come with HTTP 200. Other texts, such as "success", are no reason.
	const describe = isErrorBody(answer.body) ? describeAnswer : describeBody;
	return { kind: 'unreadable', message: describe(answer) };
}

/** What the provider says is no balance to compare with, and a later answer will say the same. */
const notComparable = (message: string): Problem => ({
	kind: 'refused',
	failure: { code: 'bad_request', message, retryable: false },
});

const get = (path: string): Call => ({ method: 'GET', path });

// The `hard_limit_usd` of a key without a limit of its own.
const unlimited = 100_000_000;

/** The limit of a key and what was used of it, or those of the account: the site decides which. */
export const newApiBalance = (unit = "the currency of the provider's site"): Balance => ({
	unit,
	note: 'If the API key has a limit of its own, what is left of that counts. Most sites report no balance for a key without one.',
	parts: [
		{
			request: () => get('/v1/dashboard/billing/subscription'),
			read: (answer) => {
				const limit = readAmount(answer, 'hard_limit_usd');
				return limit.kind === 'read' && limit.value === unlimited
					? notComparable(
							'the API key has no limit of its own, and the provider does not report what the account has. Give the key a limit there',
						)
					: limit;
			},
		},
		{
			request: () => get('/v1/dashboard/billing/usage'),
			read: (answer) => {
				const cents = readAmount(answer, 'total_usage');
				return cents.kind === 'read' ? { kind: 'read', value: cents.value / -100 } : cents;
			},
		},
	],
});

export const kieBalance: Balance = {
	unit: 'credits',
	parts: [
		{
			request: () => get('/api/v1/chat/credit'),
			read: (answer) => problemIn(answer) ?? readAmount(answer, 'data'),
		},
	],
};

export const falBalance: Balance = {
	unit: 'US dollars',
	note: 'Fal.ai reports it only to a key with the scope Admin.',
	keyUrlField: 'platformUrl',
	parts: [
		{
			request: ({ platformUrl = '' }) => ({
				...get(`${withoutSlash(platformUrl)}/account/billing`),
				query: { expand: 'credits' },
			}),
			read: (answer) => {
				const currency = readString(answer.body, 'credits', 'currency') ?? 'USD';
				return currency === 'USD'
					? readAmount(answer, 'credits', 'current_balance')
					: notComparable(`it is in ${currency.slice(0, 20)}, not in US dollars`);
			},
		},
	],
};
