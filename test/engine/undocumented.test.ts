import type { ProviderName } from '../../nodes/providers';
import type { Drift } from '../../workbench/simulator';
import { execute, expectVideos, simulator } from './scene';
import { createNode, pollNode } from './workflow';

const page = 'https://github.com/n8n-nodes-veo/n8n-nodes-veo/issues/new?template=answers.yml';

async function run(provider: ProviderName, drifts: readonly Drift[], prompts = ['A cat']) {
	drifts.forEach((drift) => simulator.drift(drift));
	return await execute([createNode(provider), pollNode(provider)], prompts);
}

test('an unknown status word: the node goes on and says so once, whatever the number of jobs', async () => {
	const word = { kind: 'newStatusWord', word: 'processing', to: 'rendering' } as const;
	const { items, hints } = await run('deepWl', [{ ...word, field: 'status' }], ['A cat', 'A dog']);
	await expectVideos(items);
	expect(hints).toBe(
		`DeepWL answered with a status "rendering", which its documents do not name. The node took it for running and went on. Please report it: ${page}`,
	);
});

test('an unknown status word in the answer to a create', async () => {
	const drift = {
		kind: 'newStatusWord',
		field: 'status',
		word: 'starting',
		to: 'pondering',
	} as const;
	simulator.drift({ ...drift, route: 'create' });
	const { jobs, hints } = await execute(createNode('replicate'), ['A cat']);
	expect(jobs).toMatchObject([{ status: 'running' }]);
	expect(hints).toContain('Replicate answered with a status "pondering"');
});

test.each(['https://x.example/?token=sk-12345', 'a@b.example', 'x'.repeat(60)])(
	'a status that is no word is not shown: %s',
	async (to) => {
		const word = { kind: 'newStatusWord', word: 'processing', to } as const;
		const { items, hints } = await run('deepWl', [{ ...word, field: 'status' }]);
		await expectVideos(items);
		expect(hints).toContain('answered with a status that is no plain word');
		expect(hints).not.toContain(to);
	},
);

test.each([
	['deepWl', { video_url: 'url' }, 'url'],
	['replicate', { output: 'video_url' }, 'video_url'],
	['eronmind', { upsample_video_url: 'unused', video_url: 'result_url' }, 'result_url'],
] as const)('%s: the link is in another field: %j', async (provider, fields, place) => {
	const drifts = Object.entries(fields).map(
		([field, to]) => ({ kind: 'renamedField', field, to }) as const,
	);
	const { items, hints } = await run(provider, drifts);
	await expectVideos(items);
	expect(hints).toContain(`returned the link to the video in the field ${place}, and`);
	expect(hints).toContain(page);
});

test('a success without a link says so, beside the error', async () => {
	simulator.drift({ kind: 'movedLink', field: 'output' });
	const { hints, failed } = await execute(
		[createNode('replicate'), pollNode('replicate', {}, { onError: 'continueErrorOutput' })],
		['A cat'],
	);
	expect(failed).toMatchObject([{ details: { failure: { code: 'download_failed' } } }]);
	expect(hints).toContain('Replicate reported a success without a link to the video');
});

test('what the documents have gives no hint', async () => {
	expect((await run('deepWl', [])).hints).toBe('');
	expect((await run('deerApi', [])).hints).toBe('');
});
