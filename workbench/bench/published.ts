import type { INode } from 'n8n-workflow';
import type { Contestant, ContestantOptions } from './contestants';
import { benchCredentials, node, workflowOf } from './contestants';
import type { BenchGateway } from './gateway';
import type { QueueMode } from './queueMode';

/** Contestants by the id of their workflow, which starts when its webhook is called with a prompt or with several. */
export type Workflows = Map<string, Contestant>;

/** Publishes a workflow for each contestant; the path of its webhook is the contestant's id. */
export async function publish(
	{ client }: QueueMode,
	gateway: BenchGateway,
	contestants: readonly Contestant[],
	options: ContestantOptions = {},
): Promise<Workflows> {
	const credentials: NonNullable<INode['credentials']> = {};
	for (const [type, values] of Object.entries(benchCredentials(gateway))) {
		const { id } = await client.createCredential(type, type, values);
		credentials[type] = { id, name: type };
	}
	const workflows: Workflows = new Map();
	for (const contestant of contestants) {
		const before = [webhook(contestant.id), promptsOfBody];
		const given = { ...options, credentials };
		const created = await client.createWorkflow(
			workflowOf(contestant, before, gateway.origin, given),
		);
		await client.publish(created);
		workflows.set(created.id, contestant);
	}
	return workflows;
}

const webhook = (path: string): INode => ({
	...node('Webhook', 'n8n-nodes-base.webhook', 2, { httpMethod: 'POST', path, options: {} }),
	webhookId: path,
});

// A list of prompts becomes as many items.
const promptsOfBody = node('Prompt', 'n8n-nodes-base.splitOut', 1, {
	fieldToSplitOut: 'body.prompt',
	options: { destinationFieldName: 'prompt' },
});
