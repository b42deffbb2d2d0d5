import { fastClock } from '../engine/fastTime';
import { providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { createNode, runNodes } from '../engine/workflow';
import { outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { atCreate, outcomeOf } from './paidRequest';
import { expectPromisesKept } from './promises';

const prompt = 'A cat [sim seconds=0]';
const onError = 'continueErrorOutput';

testRoute({
	name: 'create',
	times: ['once'],
	clock: fastClock,
	stated: ({ fault, provider }) => {
		const { create, streamedCreate = create } = outcomesOf(fault);
		const { find, create: operation }: Provider = providers[provider];
		if (find !== undefined && create === 'unknown') return 'found';
		return operation.isComplete === undefined ? create : streamedCreate;
	},
	play: async (simulator, { fault, provider }) => {
		simulator.failNext({ ...atCreate(fault), provider, route: 'create' });
		const node = createNode(provider, {}, { onError });
		const run = await runNodes(simulator, [node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		return outcomeOf(run, node, simulator, 'create');
	},
});
