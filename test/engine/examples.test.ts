import { fastClock } from './fastTime';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import type { WorkflowFile } from '../../workbench/engine/engine';
import { runWorkflow } from '../../workbench/engine/engine';
import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames, startSimulator } from '../../workbench/simulator';
import { credentialsFor, itemsOf, mediaOf, model } from './workflow';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ clock: fastClock });
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

const folder = join(__dirname, '..', '..', 'examples');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

function example(file: string): WorkflowFile {
	return JSON.parse(readFileSync(join(folder, file), 'utf8')) as WorkflowFile;
}

const isOurs = ({ type }: INode) => type.startsWith('n8n-nodes-veo.');
const providerOf = ({ parameters }: INode) => parameters.provider as GatewayName;

/** The first model of each provider that needs no image. */
const models: Record<GatewayName, string> = {
	deerApi: 'veo3.1',
	deepWl: 'veo3.1-fast',
	newApiRemix: 'veo_3_1-fast',
	apimp: 'veo-3.1-fast-generate-preview',
	eronmind: 'veo_3_1-fast',
	deerApiChat: 'veo3-fast',
	deepWlVideos: 'veo_3_1-fast',
	eronmindVideos: 'veo_3_1-fast',
	openAiVideos: 'veo_3_1-fast',
};

/** The same workflow, as a person adapts it who has a key of another provider. */
function adapted(file: string, provider: GatewayName): WorkflowFile {
	const workflow = example(file);
	const nodes = workflow.nodes.map((node) => {
		if (!isOurs(node) || providerOf(node) === provider) return node;
		const { parameters } = node;
		const changed = 'model' in parameters ? { model: model(models[provider]) } : {};
		return { ...node, parameters: { ...parameters, provider, ...changed } };
	});
	return { ...workflow, nodes };
}

/** Which providers an example works with: all, unless it does what only its own can. */
function providersFor(file: string): GatewayName[] {
	const { nodes } = example(file);
	const special = nodes.find(({ type }) => type === 'n8n-nodes-veo.veoRemixExtend');
	return special === undefined ? gatewayNames : [providerOf(special)];
}

const cases = files.flatMap((file) =>
	providersFor(file).map((provider) => [file, provider] as const),
);

test('there are examples', () => {
	expect(files.length).toBeGreaterThan(0);
});

describe.each(cases)('%s with %s', (file, provider) => {
	test('gives a video', async () => {
		const workflow = adapted(file, provider);
		const run = await runWorkflow(workflow, { credentials: credentialsFor(simulator) });
		expect(run.data.resultData.error).toBeUndefined();
		expect(run.status).toBe('success');
		const polls = workflow.nodes.filter(({ type }) => type === 'n8n-nodes-veo.veoPollUntilDone');
		expect(polls.length).toBeGreaterThan(0);
		for (const { name } of polls) {
			const items = itemsOf(run, name);
			expect(items.length).toBeGreaterThan(0);
			for (const item of items) {
				expect(item.json).toMatchObject({ provider, status: 'succeeded' });
				expect(await mediaOf(item)).toMatch(/^(?:landscape|portrait)-(?:8|15)s$/);
			}
		}
		for (const { gateway } of simulator.ledger) expect(gateway).toBe(provider);
	});
});

describe.each(files)('%s', (file) => {
	test('has what an import into n8n needs, and no credential of ours', () => {
		const { name, nodes, connections } = example(file);
		expect(name).not.toBe('');
		expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
		expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
		expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		for (const [from, outputs] of Object.entries(connections)) {
			const ends = (outputs.main ?? []).flatMap((list) => list ?? []).map(({ node }) => node);
			for (const end of [from, ...ends]) expect(nodes.map((node) => node.name)).toContain(end);
		}
		const types = nodes.filter(isOurs).map(({ type }) => type);
		expect(types).toContain('n8n-nodes-veo.veoPollUntilDone');
	});
});
