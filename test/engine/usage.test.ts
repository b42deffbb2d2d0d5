import './fastTime';
import type { IDataObject } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { execute } from './scene';
import { createNode, jobsOf, model, pollNode } from './workflow';

/* What a provider says that a job took, in its own numbers and names, travels to the last item. */

test.each<[ProviderName, string, object]>([
	['newApiRemix', '', { quota: 425_000 }],
	['openAiVideos', 'shape=wrapped', { quota: 425_000 }],
	['kie', '', { creditsConsumed: 160 }],
	['fal', '', { 'x-fal-billable-units': 8 }],
	['replicate', '', { predict_time: 18, total_time: 20 }],
])('%s %s: %j, held and suspended', async (provider, directive, usage) => {
	// Of the jobs of kie.ai those of other models than Veo have it in the simulator.
	const other = provider === 'kie' ? { model: model('kling-2.6/image-to-video') } : {};
	for (const waiting of ['hold', 'suspend']) {
		const create = createNode(provider, other);
		const nodes = [create, pollNode(provider, { waiting, download: false })];
		const { jobs } = await execute(nodes, [`A cat [sim seconds=20 ${directive}]`]);
		expect(jobs).toMatchObject([{ status: 'succeeded', usage }]);
	}
});

test('what an item says is kept where the checks say nothing, and only its numbers', async () => {
	const { run } = await execute(createNode('deerApi'), ['A cat [sim seconds=0]']);
	const [created] = jobsOf(run, 'Veo Create');
	const poll = async (usage: IDataObject[string]) =>
		(await execute(pollNode('deerApi', { download: false }), [{ ...created, usage }])).jobs[0];
	expect(await poll({ cost: 0.5, is_byok: false, note: 'much' })).toMatchObject({
		usage: { cost: 0.5 },
	});
	for (const odd of ['0.5', 0.5, [], {}, null]) expect(await poll(odd)).not.toHaveProperty('usage');
});
