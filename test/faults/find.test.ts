import { fastClock } from '../engine/fastTime';
import { providersWith } from '../../nodes/providers';
import { createNode, runNodes } from '../engine/workflow';
import { faultNamed, outcomesOf } from './faultList';
import { testRoute } from './matrix';
import { outcomeOf } from './paidRequest';
import { expectPromisesKept } from './promises';

const prompt = 'A cat [sim seconds=0]';
const onError = 'continueErrorOutput';

/* The answer to a create was lost, and the list of the account's jobs comes with a fault. */
testRoute({
	name: 'find',
	providers: providersWith('find'),
	times: ['once', 'always'],
	clock: fastClock,
	// It is read as a status is, and not again where it was refused.
	stated: ({ fault, times }) => {
		const [once, always] = outcomesOf(fault).status;
		const read = times === 'once' && always !== 'refused' ? once : always;
		return read === 'read' || read === 'checkedAgain' ? 'found' : 'unknown';
	},
	play: async (simulator, { fault, provider, times }) => {
		const lost = { kind: 'resetBeforeHeaders', acceptFirst: true } as const;
		simulator.failNext({ ...lost, provider, route: 'create' });
		const always = times === 'always' ? 1000 : 1;
		simulator.failNext({ ...faultNamed(fault), provider, route: 'find', times: always });
		const node = createNode(provider, {}, { onError });
		const run = await runNodes(simulator, [node], [{ prompt }]);
		expectPromisesKept(run, simulator, provider);
		return outcomeOf(run, node, simulator, 'create');
	},
});
