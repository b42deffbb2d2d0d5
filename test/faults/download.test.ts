import { fastClock } from '../engine/fastTime';
import type { INodeParameters } from 'n8n-workflow';
import { providerNamed } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { createNode, itemsOf, jobsOf, mediaOf, pollNode, runNodes } from '../engine/workflow';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { expectPromisesKept, errorItemOf } from './promises';

const prompt = 'A cat [sim seconds=0]';

/** Where the provider has files in a bucket, the video is in one: else it is inside the status answer. */
const fileAt = (provider: ProviderName): INodeParameters =>
	providerNamed(provider)?.keyUrlFields?.includes('storageUrl')
		? { options: { storageUri: 'gs://bucket/folder' } }
		: {};

/** How many links the provider names for a job without a fault. */
async function linksOf(simulator: Simulator, provider: ProviderName): Promise<number> {
	const node = pollNode(provider, { download: false });
	const run = await runNodes(
		simulator,
		[createNode(provider, fileAt(provider)), node],
		[{ prompt }],
	);
	const videos = jobsOf(run, node.name)[0]?.videos as unknown[] | undefined;
	simulator.reset();
	return videos?.length ?? 0;
}

testRoute({
	name: 'download',
	times: ['once', 'always'],
	clock: fastClock,
	stated: ({ fault, times }) => outcomesOf(fault).download[times === 'once' ? 0 : 1],
	play: async (simulator, { fault, provider, times }) => {
		const links = await linksOf(simulator, provider);
		// Once means: once at each place where the file may be had.
		const spoilt = (places: number) => (times === 'once' ? places : 1000);
		simulator.failNext({ ...faultNamed(fault), provider, route: 'content', times: spoilt(1) });
		// What redirects lead to is spoilt as well, where they never end.
		if (links > 0 || times === 'always') {
			simulator.failNext({ ...faultNamed(fault), route: 'cdn', times: spoilt(links) });
		}
		const node = pollNode(provider, {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(
			simulator,
			[createNode(provider, fileAt(provider)), node],
			[{ prompt }],
		);
		expectPromisesKept(run, simulator, provider);
		const jobId = simulator.ledger[0]?.jobId;
		const [item] = itemsOf(run, node.name);
		if (item !== undefined) {
			expect(item.json.jobId).toBe(jobId);
			expect(await mediaOf(item)).toBe('landscape-8s');
			const files = simulator.calls.filter(({ path }) => /\/cdn\/|\/content$|alt=media/.test(path));
			if (files.some(({ headers }) => headers.range !== undefined)) return 'resumed';
			return files.length === 1 ? 'fetched' : 'fetchedAgain';
		}
		const details = errorItemOf(run, node.name)?.details;
		expect(details).toMatchObject({ jobId, failure: { code: 'download_failed' } });
		expect(details?.videoUrl !== undefined).toBe(links > 0);
		return 'failed';
	},
});
