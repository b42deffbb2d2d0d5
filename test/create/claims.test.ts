import type { IExecuteFunctions } from 'n8n-workflow';
import { openClaims } from '../../nodes/create/claims';
import { deduplicator } from '../../workbench/engine/deduplicator';

/* Which creates may be sent. What becomes of the others: test/engine/killed.test.ts. */

interface Scene {
	token?: string;
	nodeId?: string;
	name?: string;
	helpers?: object;
}

function contextWith({
	token,
	nodeId = 'node',
	name = 'Veo Create',
	helpers,
}: Scene): IExecuteFunctions {
	const workflow = { id: 'workflow', active: true };
	const key = { workflow, node: { id: nodeId, name } } as Parameters<
		typeof deduplicator.clearAllProcessedItems
	>[1];
	const address = new URL('https://n8n.example/webhook-waiting/7');
	if (token !== undefined) address.searchParams.set('signature', token);
	return {
		getWorkflow: () => workflow,
		getNode: () => key.node,
		getWorkflowDataProxy: () => ({ $execution: { resumeUrl: address.href } }),
		logger: { debug: () => undefined },
		helpers: helpers ?? {
			checkProcessedAndRecord: async (...[items, scope, options]: Given) =>
				await deduplicator.checkProcessedAndRecord(items, scope, key, options),
			removeProcessed: async (...[items, scope, options]: Given) =>
				await deduplicator.removeProcessed(items, scope, key, options),
		},
	} as unknown as IExecuteFunctions;
}
type Given = Parameters<IExecuteFunctions['helpers']['checkProcessedAndRecord']>;

test('a create is claimed once in an execution and its retries, if one of its names is the same', async () => {
	const [first, retry] = [{ token: 'one' }, { token: 'one' }].map(contextWith).map(openClaims);
	expect(await first?.claim(['fields', 'request'])).toBe(true);
	expect(await retry?.claim(['fields', 'other request'])).toBe(false);
	expect(await retry?.claim(['other fields', 'request'])).toBe(false);
	expect(await retry?.claim(['further fields', 'further request'])).toBe(true);
});

test('executions and nodes do not know the claims of each other', async () => {
	const a = { token: 'a' };
	const scenes: Scene[] = [a, { token: 'b' }, { ...a, nodeId: 'second' }, { ...a, name: 'Again' }];
	for (const scene of scenes) {
		expect(await openClaims(contextWith(scene)).claim(['same'])).toBe(true);
	}
});

test('a claim that was given back is free', async () => {
	const claims = openClaims(contextWith({ token: 'two' }));
	await claims.claim(['fields', 'request']);
	await claims.release(['fields', 'request']);
	expect(await claims.claim(['fields', 'request'])).toBe(true);
});

test('200 executions that claim at once lose none', async () => {
	const all = Array.from({ length: 200 }, (_each, index) =>
		openClaims(contextWith({ token: `at once ${index}` })),
	);
	await Promise.all(all.map(async (claims) => await claims.claim(['create'])));
	const again = await Promise.all(all.map(async (claims) => await claims.claim(['create'])));
	expect(again).toEqual(all.map(() => false));
});

test.each<[string, Scene]>([
	['has no table for it', { token: 'three', helpers: {} }],
	[
		'cannot write',
		{
			token: 'four',
			helpers: {
				checkProcessedAndRecord: async () => await Promise.reject(new Error('no such workflow')),
				removeProcessed: async () => await Promise.reject(new Error('no such workflow')),
			},
		},
	],
	['gives an execution no token', {}],
])('where n8n %s, every create is granted', async (_why, scene) => {
	const claims = openClaims(contextWith(scene));
	for (let times = 1; times <= 2; times++) expect(await claims.claim(['create'])).toBe(true);
	await claims.release(['create']);
});
