/*
 * `npm run editor`: a real n8n editor with the nodes, the simulator, a credential for each host and the
 * example workflows. Changes are kept until `npm run editor -- --fresh`.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { providerNamed } from '../nodes/providers';
import { keepBuild } from './build';
import { N8nClient, owner } from './n8n/client';
import { cacheFolder, installN8n } from './n8n/install';
import { brokerPort, startN8n } from './n8n/instance';
import { keepOwnPackage } from './n8n/ownPackage';
import { findUsedPort } from './ports';
import { startSimulator } from './simulator';
import { simulatorCredentials } from './simulatorCredentials';
import type { WorkflowFile } from './workflowFile';

const examplesFolder = path.join(__dirname, '..', 'examples');
const firstExample = 'Text to video';
const userFolder = cacheFolder('editor');

const { values: chosen } = parseArgs({
	options: {
		port: { type: 'string', default: '5678' },
		fresh: { type: 'boolean', default: false },
	},
});

const say = (text: string) => console.log(`· ${text}`);

async function main(): Promise<void> {
	const port = Number(chosen.port);
	// Fixed ports: links in earlier executions stay valid.
	const ports = { port: port + 10, cdnPort: port + 11 };
	const used = await findUsedPort([port, brokerPort(port), ports.port, ports.cdnPort]);
	if (used !== undefined) {
		throw new Error(
			`Port ${used} is in use, perhaps by another "npm run editor". End that program, or choose another port: npm run editor -- --port ${port + 20}`,
		);
	}
	if (chosen.fresh) rmSync(userFolder, { recursive: true, force: true });
	const installed = await installN8n(say);
	keepBuild(userFolder, say);
	keepOwnPackage(userFolder, say);
	const simulator = await startSimulator(ports);
	say('starting n8n (about ten seconds)');
	const n8n = await startN8n(installed, { userFolder, port });
	const stop = () => {
		console.log('\nstopping');
		void Promise.all([n8n.stop(), simulator.close()]).then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);

	const client = new N8nClient(n8n.baseUrl);
	await client.logIn();
	const credentials = await keepCredentials(client, simulatorCredentials(simulator));
	const first = await importExamples(client, credentials);
	console.log(`
n8n is ready, with the example workflows and the simulator behind every credential.
This address opens "${firstExample}":

  Address   ${n8n.baseUrl}/workflow/${first}
  E-mail    ${owner.email}
  Password  ${owner.password}

Press "Execute workflow". A simulated job takes a minute, and costs nothing.
The other examples: ${n8n.baseUrl}/home/workflows
Ctrl+C stops everything. Your changes are kept.`);
}

type Credentials = Record<string, { id: string; name: string }>;

/** Creates missing credentials and updates the others, whose port or fields may have changed. */
async function keepCredentials(
	client: N8nClient,
	wanted: Record<string, Record<string, string>>,
): Promise<Credentials> {
	const there = await client.credentials();
	const kept: Credentials = {};
	for (const [type, data] of Object.entries(wanted)) {
		const name = `${type} (simulator)`;
		const before = there.find((credential) => credential.name === name);
		const { id } =
			before === undefined
				? await client.createCredential(name, type, data)
				: await client.updateCredential(before.id, name, type, data);
		kept[type] = { id, name };
	}
	return kept;
}

/**
 * Imports missing examples, each node of ours with its provider's credential. Returns the ID of the first
 * example to open.
 */
async function importExamples(client: N8nClient, credentials: Credentials): Promise<string> {
	const there = new Map((await client.workflows()).map(({ name, id }) => [name, id]));
	const files = readdirSync(examplesFolder).filter((file) => file.endsWith('.json'));
	for (const file of files) {
		const example = JSON.parse(
			readFileSync(path.join(examplesFolder, file), 'utf8'),
		) as WorkflowFile;
		if (there.has(example.name)) continue;
		const { id } = await client.createWorkflow(withCredentials(example, credentials));
		there.set(example.name, id);
	}
	return there.get(firstExample) ?? '';
}

function withCredentials(workflow: WorkflowFile, credentials: Credentials): WorkflowFile {
	const nodes = workflow.nodes.map((node) => {
		if (!node.type.startsWith('n8n-nodes-veo.')) return node;
		const type = providerNamed(String(node.parameters.provider ?? 'deerApi'))?.credential;
		const credential = type === undefined ? undefined : credentials[type];
		return type === undefined || credential === undefined
			? node
			: { ...node, credentials: { [type]: credential } };
	});
	return { ...workflow, nodes };
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : String(error));
	process.exit(1);
});
