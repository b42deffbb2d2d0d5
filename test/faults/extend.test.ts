import { fastClock } from '../engine/fastTime';
import { providersWith } from '../../nodes/providers';
import {
	createExtendableNode,
	extendNode,
	jobsOf,
	pollNode,
	runNodes,
	takesVideoUrl,
} from '../engine/workflow';
import { outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { atCreate, outcomeOf } from './paidRequest';
import { expectPromisesKept } from './promises';

const prompt = 'A cat [sim seconds=0]';
const onError = 'continueErrorOutput';

testRoute({
	name: 'extend',
	providers: providersWith('extend'),
	times: ['once'],
	clock: fastClock,
	stated: ({ fault }) => outcomesOf(fault).create,
	play: async (simulator, { fault, provider }) => {
		const source = createExtendableNode(provider);
		const finished = pollNode(provider, { download: false });
		const nodes = takesVideoUrl(provider) ? [source, finished] : [source];
		const made = await runNodes(simulator, nodes, [{ prompt }]);
		simulator.failNext({ ...atCreate(fault), provider });
		const node = extendNode(provider, { prompt: 'It goes on' }, { onError });
		const run = await runNodes(simulator, [node], jobsOf(made, nodes.at(-1)?.name ?? ''));
		expectPromisesKept(run, simulator, provider);
		return outcomeOf(run, node, simulator, 'extend');
	},
});
