import { fastClock } from './fastTime';
import type { IDataObject } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { useSimulator } from '../useSimulator';
import { createNode, jobsOf, pollNode, runNodes } from './workflow';

/*
 * The same cause has the same code, the same advice and the same retryable at every provider, however
 * its provider words it.
 */

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

interface Told {
	code: unknown;
	retryable: unknown;
	description: unknown;
}

/** What the node that fails tells of one item, without the words of the provider. */
async function toldBy(provider: ProviderName, directive: string): Promise<Told> {
	const settings = { onError: 'continueErrorOutput' } as const;
	const run = await runNodes(
		simulator,
		[createNode(provider, {}, settings), pollNode(provider, {}, settings)],
		[{ prompt: `A cat [sim seconds=0 ${directive}]` }],
	);
	const failed = [...jobsOf(run, 'Veo Create', 1), ...jobsOf(run, 'Veo Poll Until Done', 1)];
	expect(failed).toHaveLength(1);
	const { failure, description } = failed[0]?.details as IDataObject;
	const { code, retryable } = failure as IDataObject;
	return { code, retryable, description };
}

const causes: ReadonlyArray<readonly [cause: string, directive: string, Told]> = [
	[
		'a retired model (fail_to_fetch_task)',
		'ending=retired',
		{
			code: 'model_retired',
			retryable: false,
			description:
				'Nothing was started or paid for. Choose another model: this one is no longer offered.',
		},
	],
	[
		'no credit (403 insufficient_user_quota, 402 at APIMP)',
		'ending=no_credit',
		{
			code: 'out_of_credit',
			retryable: false,
			description:
				'Nothing was started or paid for. Top up the account at the provider, or choose another provider.',
		},
	],
	[
		'a saturated group (429)',
		'ending=saturated',
		{
			code: 'rate_limited',
			retryable: true,
			description: expect.stringMatching(
				/^Nothing was started or paid for\. .*fewer items/,
			) as string,
		},
	],
	[
		'content against the rules',
		'ending=safety',
		{
			code: 'content_policy',
			retryable: false,
			description: 'The same prompt and images will be refused again: change them.',
		},
	],
	[
		'a busy line',
		'ending=busy',
		{
			code: 'busy',
			retryable: true,
			description: expect.stringMatching(/is a new purchase/) as string,
		},
	],
];

describe.each(causes)('%s', (_cause, directive, told) => {
	const descriptions = new Set<unknown>();

	test.each(providerNames)('%s', async (provider) => {
		const actual = await toldBy(provider, directive);
		expect(actual).toEqual(told);
		descriptions.add(actual.description);
	});

	test('the advice is the same everywhere', () => {
		expect(descriptions.size).toBe(1);
	});
});

test.each(providerNames)('%s: HTTP 402 without a word is no credit', async (provider) => {
	simulator.failNext({ kind: 'status', httpStatus: 402, provider, route: 'create' });
	expect(await toldBy(provider, '')).toMatchObject({ code: 'out_of_credit' });
});
