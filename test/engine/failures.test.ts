import { continueError, execute, simulator } from './scene';
import type { IDataObject } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';
import { createNode, jobsOf, pollNode } from './workflow';

/* The same cause has the same code, advice and retryable at every provider, however it words it. */

/** What the node that fails says of one item, without the words of the provider. */
async function failureAt(provider: ProviderName, directive: string) {
	const nodes = [createNode(provider, {}, continueError), pollNode(provider, {}, continueError)];
	const { run, failed } = await execute(nodes, [`A cat [sim seconds=0 ${directive}]`]);
	const [first, ...others] = [...jobsOf(run, 'Veo Create', 1), ...failed];
	expect(others).toEqual([]);
	const { failure, description } = first?.details as IDataObject;
	const { code, retryable } = failure as IDataObject;
	return { code, retryable, description };
}

const causes: ReadonlyArray<
	readonly [cause: string, ending: string, code: string, retryable: boolean, advice: RegExp]
> = [
	[
		'a retired model',
		'retired',
		'model_retired',
		false,
		/^Nothing .* Choose another model: this one/,
	],
	['no credit', 'no_credit', 'out_of_credit', false, /^Nothing .* Top up .*, or choose another/],
	['a saturated group', 'saturated', 'rate_limited', true, /^Nothing .* fewer items/],
	[
		'forbidden content',
		'safety',
		'content_policy',
		false,
		/^The same prompt .* again: change them/,
	],
	['a busy line', 'busy', 'busy', true, /is a new purchase/],
	['a failed generation', 'failed', 'generation_failed', false, /^Waiting longer will not help/],
];

test.each(causes)('%s (%s)', async (_cause, ending, code, retryable, advice) => {
	const failures = await Promise.all(
		providerNames.map(async (provider) => await failureAt(provider, `ending=${ending}`)),
	);
	const description = failures[0]?.description;
	expect(failures).toEqual(providerNames.map(() => ({ code, retryable, description })));
	expect(description).toMatch(advice);
});

test.each([
	[401, 'key_refused', /^Nothing .* Check the API key and the Base URL in the credential/],
	[402, 'out_of_credit', /^Nothing .* Top up/],
])('HTTP %i without a word', async (httpStatus, code, advice) => {
	for (const provider of providerNames) {
		simulator.failNext({ kind: 'status', httpStatus, route: 'create' });
		const description = expect.stringMatching(advice) as string;
		expect(await failureAt(provider, '')).toMatchObject({ code, description });
	}
});
