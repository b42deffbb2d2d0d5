import type { INode } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { VeoCreate } from '../../nodes/VeoCreate/VeoCreate.node';
import { VeoPollUntilDone } from '../../nodes/VeoPollUntilDone/VeoPollUntilDone.node';
import { VeoRemixExtend } from '../../nodes/VeoRemixExtend/VeoRemixExtend.node';
import { providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import { example, exampleNames, isOurs } from '../exampleFiles';

const ours = new Map(
	[new VeoCreate(), new VeoPollUntilDone(), new VeoRemixExtend()].map(({ description }) => [
		`n8n-nodes-veo.${description.name}`,
		description,
	]),
);

/** n8n's own nodes in the examples, each with a version that n8n 1.122 knows as well. */
const versions: Record<string, number> = {
	'@n8n/n8n-nodes-langchain.agent': 3,
	'@n8n/n8n-nodes-langchain.chainLlm': 1.6,
	'@n8n/n8n-nodes-langchain.chatTrigger': 1.1,
	'@n8n/n8n-nodes-langchain.lmChatOpenAi': 1.2,
	'@n8n/n8n-nodes-langchain.outputParserStructured': 1.2,
	'@n8n/n8n-nodes-langchain.toolWorkflow': 2.2,
	'n8n-nodes-base.dataTable': 1,
	'n8n-nodes-base.executeWorkflowTrigger': 1.1,
	'n8n-nodes-base.formTrigger': 2.2,
	'n8n-nodes-base.googleSheets': 4.5,
	'n8n-nodes-base.httpRequest': 4.2,
	'n8n-nodes-base.if': 2.2,
	'n8n-nodes-base.manualTrigger': 1,
	'n8n-nodes-base.merge': 3,
	'n8n-nodes-base.noOp': 1,
	'n8n-nodes-base.readWriteFile': 1,
	'n8n-nodes-base.scheduleTrigger': 1.2,
	'n8n-nodes-base.set': 3.4,
	'n8n-nodes-base.splitOut': 1,
	'n8n-nodes-base.stickyNote': 1,
	'n8n-nodes-base.stopAndError': 1,
	'n8n-nodes-base.telegram': 1.2,
	'n8n-nodes-base.telegramTrigger': 1.2,
	'n8n-nodes-base.wait': 1.1,
	'n8n-nodes-base.youTube': 1,
};

const isNote = ({ type }: INode) => type === 'n8n-nodes-base.stickyNote';

/** Where a node is drawn: a square of 96, wider for an agent, with its name around and below. */
function boxOf({ type, position: [left, top], parameters }: INode) {
	const { width, height } = parameters as { width?: number; height?: number };
	if (width !== undefined && height !== undefined) {
		return { left, top, right: left + width, bottom: top + height };
	}
	const drawnWidth = type.endsWith('.agent') ? 256 : 96;
	return { left: left - 40, top, right: left + drawnWidth + 40, bottom: top + 160 };
}

function overlap(one: INode, other: INode): boolean {
	const [a, b] = [boxOf(one), boxOf(other)];
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

describe.each(exampleNames)('the example %s', (name) => {
	const file = example(name);
	const nodes = file.nodes.filter((node) => !isNote(node));
	const nodeNames = file.nodes.map((node) => node.name);
	const note = String(file.nodes.find(isNote)?.parameters.content ?? '');

	test('holds a workflow and nothing of the machine it was made on', () => {
		expect(Object.keys(file)).toEqual(['name', 'nodes', 'connections', 'settings']);
		expect(file.settings).toEqual({ executionOrder: 'v1' });
		expect(new Set(file.nodes.map(({ id }) => id)).size).toBe(file.nodes.length);
		expect(new Set(nodeNames).size).toBe(nodeNames.length);
		for (const node of file.nodes) expect(node).not.toHaveProperty('credentials');
	});

	test('uses nodes there are, with parameters they have', () => {
		for (const node of file.nodes) {
			if (!isOurs(node)) {
				expect([node.type, node.typeVersion]).toEqual([node.type, versions[node.type]]);
				continue;
			}
			const description = ours.get(node.type.replace(/Tool$/, ''));
			if (description === undefined) throw new Error(`There is no node type ${node.type}`);
			const { descriptionType, toolDescription, ...parameters } = node.parameters;
			const known = NodeHelpers.getNodeParameters(
				description.properties,
				parameters,
				true,
				false,
				node,
				description,
			);
			expect(known).toMatchObject(parameters);
			const problems = NodeHelpers.getNodeParametersIssues(
				description.properties,
				{ ...node, parameters: known ?? {} },
				description,
			);
			expect(problems).toBeNull();
			const isTool = node.type.endsWith('Tool');
			expect(Boolean(toolDescription ?? descriptionType)).toBe(isTool);
		}
	});

	test('connects nodes there are, and error outputs only where there is one', () => {
		for (const [from, outputs] of Object.entries(file.connections)) {
			const node = nodes.find((each) => each.name === from);
			expect(node?.name).toBe(from);
			for (const lists of Object.values(outputs)) {
				for (const list of lists) {
					for (const end of list ?? []) expect(nodeNames).toContain(end.node);
				}
			}
			if (node !== undefined && isOurs(node)) {
				const count = outputs.main?.length ?? 1;
				expect(count === 2).toBe(node.onError === 'continueErrorOutput');
			}
		}
	});

	test('has a note that names what to fill in', () => {
		expect(file.nodes.filter(isNote)).toHaveLength(1);
		expect(note.length).toBeLessThan(900);
		for (const node of nodes.filter(isOurs)) {
			const { label } = providers[node.parameters.provider as ProviderName];
			if (name !== 'text-to-video') expect(note).toContain(label.replace(/ \(.*/, ''));
		}
		for (const [, bold = ''] of note.matchAll(/\*\*([^*]+)\*\*/g)) {
			const known = [...nodeNames, ...[...ours.values()].map(({ displayName }) => displayName)];
			const labels = Object.values(providers).map(({ label }) => label.replace(/ \(.*/, ''));
			expect([...known, ...labels, 'both']).toContain(bold);
		}
	});

	test('is laid out so that nothing overlaps', () => {
		const pairs = file.nodes.flatMap((one, index) =>
			file.nodes.slice(index + 1).map((other) => [one, other] as const),
		);
		const names = pairs
			.filter(([one, other]) => overlap(one, other))
			.map(([one, other]) => [one.name, other.name]);
		expect(names).toEqual([]);
	});
});
