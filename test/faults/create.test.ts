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
	stated: ({ fault, provider }) => {
		const { create, streamedCreate = create } = outcomes[fault];
		return providers[provider].create.isComplete === undefined ? create : streamedCreate;
	},
	play: async (simulator, { fault, provider }) => {
		simulator.failNext({ ...atSubmit(fault), provider, route: 'create' });
		const node = createNode(provider, {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat [sim seconds=0]' }]);
		expectPromisesKept(run, simulator, provider);
		return outcomeOfSubmit(run, node, simulator, 'create');
	},
});
