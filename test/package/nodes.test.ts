import type { INodeParameters, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes, NodeHelpers } from 'n8n-workflow';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { providerNames, providers } from '../../nodes/providers';
import { builtCredentials, builtNodes } from './built';
import * as contract from './contract';
import { imageModes, offeredBy, remixOperations, situationsOf } from './situations';
import { manifest, root } from './tree';
import { problemsIn, wordsOf } from './words';
import type { Worded } from './words';

const nodes = builtNodes();
const named = new Map(nodes.map(({ instance }) => [instance.description.name, instance]));
const node = { typeVersion: 1 };

// The list on n8n's page about codex files, and the two words its own newer nodes have beside it.
const categories = [
	...['AI', 'Analytics', 'Communication', 'Data & Storage', 'Development', 'Finance & Accounting'],
	...['Marketing', 'Marketing & Content', 'Miscellaneous', 'Productivity', 'Sales', 'Utility'],
];

test('the nodes of the package', () => {
	expect([...named.keys()]).toEqual(Object.keys(contract.parameters));
});

describe.each(nodes)('$className', ({ className, path, instance }) => {
	const { description } = instance;
	const folder = join(root, dirname(path));

	test('what n8n shows of it', () => {
		expect(description.name).toBe(className.charAt(0).toLowerCase() + className.slice(1));
		expect(description).toMatchObject({
			version: 1,
			usableAsTool: true,
			defaults: { name: description.displayName },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			subtitle: expect.stringMatching(/^=.*\$parameter\["provider"\]/),
		});
		const { displayName: label, description: about } = description;
		expect(problemsIn([{ path: 'node', type: 'node', label, description: about }])).toEqual([]);
		expect(about.length).toBeGreaterThan(20);
		expect(typeof instance.execute).toBe('function');
	});

	test('its codex file lets people find it', () => {
		const codex = JSON.parse(
			readFileSync(join(root, path.replace(/\.js$/, '.json')), 'utf8'),
		) as Record<'node' | 'nodeVersion' | 'codexVersion', string> & {
			categories: string[];
			subcategories: { AI: string[] };
			alias: string[];
			resources: { primaryDocumentation: Array<{ url: string }> };
		};
		expect(codex.node).toBe(`${manifest.name}.${description.name}`);
		expect(codex).toMatchObject({ nodeVersion: '1.0', codexVersion: '1.0' });
		expect(codex.categories).toContain('AI');
		expect(codex.categories.filter((category) => !categories.includes(category))).toEqual([]);
		expect(codex.alias).toEqual(
			expect.arrayContaining([
				...['veo', 'video', 'sora', 'generate'],
				...['text to video', 'image to video'],
			]),
		);
		expect(new Set(codex.alias).size).toBe(codex.alias.length);
		// Of the category AI, the node creator shows and finds only what is a root node.
		expect(codex.subcategories.AI).toContain('Root Nodes');
		// n8n ignores a codex file without resources, and says nothing.
		expect(codex.resources.primaryDocumentation).not.toEqual([]);
		for (const { url } of codex.resources.primaryDocumentation) expect(url).toMatch(/^https:\/\//);
	});

	test.each(['light', 'dark'] as const)('its %s icon is a square picture', (theme) => {
		const { icon } = description;
		if (typeof icon !== 'object') throw new Error('The node has no icon for each theme');
		const file = /^file:(.+\.svg)$/.exec(icon[theme])?.[1] ?? '';
		const picture = readFileSync(join(folder, file), 'utf8');
		expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
		const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(picture) ?? [];
		expect(Number(width)).toBeGreaterThan(0);
		expect(width).toBe(height);
		expect(picture).not.toMatch(/<script|<image|href=/);
		expect(icon.light).not.toBe(icon.dark);
	});

	test('every label and description reads as in any n8n node', () => {
		const worded = wordsOf(description.properties);
		expect(problemsIn(worded)).toEqual([]);
		const isSelfEvident = ({ path }: Worded) => ['operation', 'options'].includes(path);
		const speechless = worded.filter((each) => each.description === undefined);
		expect(speechless.filter((each) => /^\w+$/.test(each.path) && !isSelfEvident(each))).toEqual(
			[],
		);
	});

	test('the parameters that saved workflows depend on', () => {
		const actual = new Set(
			wordsOf(description.properties).map((each) =>
				each.type === 'choice' ? each.path : `${each.path}: ${each.type}`,
			),
		);
		const frozen = contract.parameters[description.name] ?? [];
		expect(frozen.filter((line) => !actual.has(line))).toEqual([]);
	});

	test('every list of models has its search', () => {
		const methods = description.properties
			.flatMap(({ modes = [] }) => modes)
			.flatMap(({ typeOptions }) => typeOptions?.searchListMethod ?? []);
		for (const method of methods) {
			expect(instance.methods?.listSearch?.[method]).toBeInstanceOf(Function);
		}
		expect(methods.length > 0).toBe(description.name !== 'veoPollUntilDone');
	});

	test('one credential selector per host, shown for its providers and no other', () => {
		const known = builtCredentials().map((credential) => credential.instance.name);
		const declared = description.credentials ?? [];
		const offered = offeredBy(description.name);
		expect(declared.map(({ name }) => name).sort()).toEqual(
			[...new Set(offered.map((name) => providers[name].credential))].sort(),
		);
		for (const credential of declared) {
			expect(known).toContain(credential.name);
			expect(credential.required).toBe(true);
		}
		// n8n's editor hides a field that is named here, as if it were a way to log in. The same field by
		// its path from the root stays where it is.
		const deciding = declared.flatMap(({ displayOptions }) =>
			Object.keys(displayOptions?.show ?? {}),
		);
		expect(new Set(deciding)).toEqual(new Set(['/provider']));
		for (const situation of situationsOf(description.name)) {
			const shown = declared.filter((credential) =>
				NodeHelpers.displayParameter(situation.values, credential, node, description),
			);
			expect(shown.map(({ name }) => name)).toEqual([providers[situation.provider].credential]);
		}
	});

	test('of each name, only one parameter is ever shown, whatever was chosen before', () => {
		const menus = {
			operation: ['', ...remixOperations],
			mode: ['create', 'createAndGet'],
			provider: providerNames,
			imageMode: imageModes,
		};
		for (const operation of menus.operation) {
			for (const provider of menus.provider) {
				for (const imageMode of menus.imageMode) {
					for (const mode of menus.mode) {
						const names = shownNames(description, { operation, mode, provider, imageMode });
						expect(names).toEqual([...new Set(names)]);
					}
				}
			}
		}
	});

	describe.each(situationsOf(description.name))('$title', (situation) => {
		const { provider, values } = situation;

		test('exactly its parameters are shown', () => {
			expect(shownNames(description, values).sort()).toEqual([...situation.expectedNames].sort());
		});

		test('the credential stands below the provider it is for', () => {
			const names = shownNames(description, values);
			expect(names.indexOf('credentials')).toBe(names.indexOf('provider') + 1);
		});

		test('the menus offer what can be done, and nothing else', () => {
			const shown = shownProperties(description, values);
			expect(choicesOf(shown, 'provider')).toEqual(situation.offered);
			expect(choicesOf(shown, 'imageMode')).toEqual(situation.imageModes);
		});

		test('n8n gives the decided defaults', () => {
			const given = NodeHelpers.getNodeParameters(
				description.properties,
				values,
				true,
				false,
				node,
				description,
			);
			expect(given).toEqual({ ...situation.defaults, ...values });
		});

		test('the options are those that this provider takes, as it declares them', () => {
			const collection = shownProperties(description, values).find(
				({ name }) => name === 'options',
			);
			const shown = ((collection?.options ?? []) as INodeProperties[]).filter((option) =>
				NodeHelpers.displayParameterPath(values, option, 'options', node, description),
			);
			const names = shown.map(({ name }) => name);
			expect([...names].sort()).toEqual(Object.keys(situation.options).sort());
			expect(names).toEqual([...new Set(names)]);
			for (const option of shown) {
				const { displayName, type, default: standard, options } = option;
				expect({
					label: displayName,
					type,
					default: standard,
					...(type === 'options' ? { choices: options?.map((each) => valueOf(each)) } : {}),
				}).toEqual(situation.options[option.name]);
			}
			const sorted = [...shown].sort((a, b) => a.displayName.localeCompare(b.displayName));
			expect(names).toEqual(sorted.map(({ name }) => name));
			expect(existsSync(join(root, 'nodes/providers', `${provider}.ts`))).toBe(true);
		});
	});
});

test('the tool of an agent has no operation to choose, and keeps the description that people gave it', () => {
	const { description } = named.get('veoCreate') ?? {};
	if (description === undefined) throw new Error('There is no Veo Create');
	const tool = { ...description, name: `${description.name}Tool` };
	const shown = description.properties.filter((property) =>
		NodeHelpers.displayParameter(
			{ provider: 'deerApi', mode: 'createAndGet' },
			property,
			node,
			tool,
		),
	);
	expect(shown.map(({ name }) => name)).not.toContain('mode');
	// n8n writes the description itself if a node has one of these.
	const names = description.properties.map(({ name }) => name);
	for (const name of ['resource', 'operation']) expect(names).not.toContain(name);
});

test.each([
	[undefined, 'Prompt'],
	['one', 'Prompt'],
	['several', 'Prompts'],
])('with %s prompts per item, one field shows: %s', (prompts, label) => {
	const { description } = named.get('veoCreate') ?? {};
	if (description === undefined) throw new Error('There is no Veo Create');
	const values = { provider: 'deerApi', ...(prompts !== undefined && { prompts }) };
	const shown = shownProperties(description, values).filter(({ name }) => name === 'prompt');
	expect(shown.map(({ displayName }) => displayName)).toEqual([label]);
});

/** The parameters that the editor shows where these values are chosen. */
function shownProperties(
	description: INodeTypeDescription,
	values: INodeParameters,
): INodeProperties[] {
	return description.properties.filter((property) =>
		NodeHelpers.displayParameter(values, property, node, description),
	);
}

const shownNames = (description: INodeTypeDescription, values: INodeParameters) =>
	shownProperties(description, values).map(({ name }) => name);

function choicesOf(properties: readonly INodeProperties[], name: string): unknown[] {
	const menu = properties.find((property) => property.name === name);
	return (menu?.options ?? []).map(valueOf);
}

const valueOf = (option: object) => ('value' in option ? option.value : undefined);
