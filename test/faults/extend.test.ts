import { fastClock } from '../engine/fastTime';
import { providersWith } from '../../nodes/providers';
import { createNode, remixNode, runNodes } from '../engine/workflow';
import { testRoute } from './matrix';
import { outcomes } from './outcomes';
import { expectPromisesKept } from './promises';
import { atSubmit, outcomeOfSubmit } from './submits';

/* The submit of Veo Remix Extend: the finished job is there, and its extension meets the fault. */

testRoute({
	name: 'extend',
	providers: providersWith('extend'),
	times: ['once'],
	clock: fastClock,
	stated: ({ fault }) => outcomes[fault].create,
	play: async (simulator, { fault, provider }) => {
		simulator.failNext({ ...atSubmit(fault), provider, route: 'remix' });
		const node = remixNode(
			'extend',
			provider,
			{ prompt: 'It goes on [sim seconds=0]' },
			{ onError: 'continueErrorOutput' },
		);
		const prompt = 'A cat [sim seconds=0]';
		const run = await runNodes(simulator, [createNode(provider), node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		return outcomeOfSubmit(run, node, simulator, 'extend');
	},
});
