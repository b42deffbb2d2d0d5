import { fastClock } from '../engine/fastTime';
import { providersWith } from '../../nodes/providers';
import {
	createExtendableNode,
	extendNode,
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
		simulator.failNext({ ...atCreate(fault), provider, route: 'remix' });
		const node = extendNode(provider, { prompt: 'It goes on' }, { onError });
		const sources = takesVideoUrl(provider)
			? [createExtendableNode(provider), pollNode(provider, { download: false })]
			: [createExtendableNode(provider)];
		const run = await runNodes(simulator, [...sources, node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		return outcomeOf(run, node, simulator, 'extend');
	},
});
