import { fastClock } from '../engine/fastTime';
import { providers } from '../../nodes/providers';
import { createNode, runNodes } from '../engine/workflow';
import { testRoute } from './matrix';
import { outcomes } from './outcomes';
import { expectPromisesKept } from './promises';
import { atSubmit, outcomeOfSubmit } from './submits';

testRoute({
	name: 'create',
	times: ['once'],
	clock: fastClock,
	stated: ({ fault, gateway }) => {
		const { create, streamedCreate = create } = outcomes[fault];
		return providers[gateway].create.isComplete === undefined ? create : streamedCreate;
	},
	play: async (simulator, { fault, gateway }) => {
		simulator.failNext({ ...atSubmit(fault), gateway, route: 'create' });
		const node = createNode(gateway, {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat [sim seconds=0]' }]);
		expectPromisesKept(run, simulator, gateway);
		return outcomeOfSubmit(run, node, simulator, 'create');
	},
});
