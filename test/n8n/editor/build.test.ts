import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { credentialTypes } from '../../../workbench/engine/nodeTypes';
import { providerNames, providers } from '../../../nodes/providers';
import { isVeoModel } from '../../../nodes/providers/dialects/models';
import {
	addFoundNode,
	addManualTrigger,
	canvasNode,
	connections,
	openNodeCreator,
	searchNodes,
} from '../../../workbench/n8n/canvas';
import {
	chooseCredential,
	chosenCredential,
	connectCredential,
	saveCredential,
} from '../../../workbench/n8n/credentialDialog';
import {
	choose,
	closePanel,
	nodePanel,
	offeredOptions,
	openModels,
	openPanel,
	shownFields,
} from '../../../workbench/n8n/panel';
import { simulatorCredentials } from '../../../workbench/simulatorCredentials';
import type { Situation } from '../../package/situations';
import { situationsOf } from '../../package/situations';
import { until } from '../workflows';
import type { EditorStage } from './editorStage';
import { openEditorStage } from './editorStage';

/*
 * A person who has just installed the package builds a workflow, step by step, on one canvas.
 */

let stage: EditorStage;
beforeAll(async () => {
	stage = await openEditorStage(15_720, { isNew: true });
});
afterAll(async () => await stage?.close());

const nodes = {
	'Veo Create': 'veoCreate',
	'Veo Poll Until Done': 'veoPollUntilDone',
	'Veo Remix Extend': 'veoRemixExtend',
};
const nodeNames = Object.keys(nodes) as Array<keyof typeof nodes>;
const operationLabels: Record<string, string> = {
	createExtended: 'Create 15-Second Video',
	extend: 'Extend',
	retryExtension: 'Retry Extension',
};
const labelOf = (name: keyof typeof providers) => providers[name].label;

test('the two nodes of the README are pasted, and rehearse without a credential', async () => {
	const { page, editor, picture, baseUrl } = stage;
	const readme = readFileSync(path.join(__dirname, '..', '..', '..', 'README.md'), 'utf8');
	const [, twoNodes = ''] = /```json\n([^]*?)```/.exec(readme) ?? [];
	await editor.openNewWorkflow();
	await paste(page, baseUrl, twoNodes);
	await canvasNode(page, 'Veo Poll Until Done').waitFor();
	expect(await connections(page)).toEqual(['Veo Create → Veo Poll Until Done']);
	await picture('pasted');
	const panel = await openPanel(page, 'Veo Poll Until Done');
	// n8n would choose the only credential of the type by itself.
	await panel.getByText(/^Connect to Veo/).waitFor();
	await panel.getByTestId('node-execute-button').click();
	await panel.getByText('video/mp4').first().waitFor({ timeout: 90_000 });
	await picture('pasted-rehearsed');
});

test('the nodes are found by what people type', async () => {
	const { page, editor, picture } = stage;
	await editor.openNewWorkflow();
	await addManualTrigger(page);
	await openNodeCreator(page);
	for (const words of [
		'video',
		'sora',
		'generate',
		'text to video',
		'image to video',
		'文生视频',
	]) {
		expect({ words, found: await searchNodes(page, words) }).toEqual({
			words,
			found: expect.arrayContaining(nodeNames),
		});
	}
	expect((await searchNodes(page, 'download video'))[0]).toBe('Veo Poll Until Done');
	expect((await searchNodes(page, 'longer'))[0]).toBe('Veo Remix Extend');
	expect((await searchNodes(page, 'veo')).slice(0, 3).sort()).toEqual(nodeNames);
	await picture('search');
});

const actions: Readonly<Record<string, string>> = {
	'Veo Create': 'Create a video job',
	'Veo Remix Extend': 'Create a 15 second video',
};

test('each is added with a click, and connected', async () => {
	const { page, picture } = stage;
	for (const name of nodeNames) {
		if (name !== 'Veo Create') await openNodeCreator(page);
		await searchNodes(page, name);
		await addFoundNode(page, name, actions[name]);
		await picture(`new-${nodes[name]}`);
		await closePanel(page);
	}
	expect(await connections(page)).toEqual([
		expect.stringMatching(/ → Veo Create$/),
		'Veo Create → Veo Poll Until Done',
		'Veo Poll Until Done → Veo Remix Extend',
	]);
	await page.getByTestId('tidy-up-button').click();
	await page.getByTestId('zoom-to-fit').click();
	await picture('canvas');
});

describe('each provider’s credential', () => {
	beforeAll(async () => {
		await openPanel(stage.page, 'Veo Create');
	});
	afterAll(async () => await closePanel(stage.page));

	// Some providers share a credential.
	const firstOfEach = providerNames.filter(
		(name, index) =>
			providerNames.findIndex(
				(other) => providers[other].credential === providers[name].credential,
			) === index,
	);

	// What the test says of every other answer: test/package/credentials.test.ts.
	test.each(firstOfEach)(
		'%s: a wrong key fails its test, and the right one passes',
		async (name) => {
			const { page, picture, simulator } = stage;
			const right = simulatorCredentials(simulator)[providers[name].credential] ?? {};
			const type = credentialTypes.get(providers[name].credential);
			const shown = (type?.properties ?? []).filter(
				({ type: kind, displayOptions: { show } = {} }) =>
					kind === 'string' &&
					(show?.authentication ?? [right.authentication])[0] === right.authentication,
			);
			const fields = Object.fromEntries(
				shown.map((field) => [field.name, right[field.name] ?? '']),
			);

			await choose(page, 'provider', labelOf(name));
			await connectCredential(page);
			await picture(`credential-${name}`);
			const wrongKey = await saveCredential(page, { ...fields, ...wrongKeyOf(right) });
			expect(wrongKey).toMatch(/rejected the API key/);
			await picture(`credential-${name}-wrong-key`);
			expect(await saveCredential(page, fields)).toMatch(/successful/);
			expect(await chosenCredential(page)).toMatch(/ account$/);
			await picture(`credential-${name}-right`);
		},
	);
});

// Which fields belong to each provider: test/package/nodes.test.ts. The editor hides some by rules of its own.
describe.each(nodeNames)('%s shows exactly the fields of the provider', (nodeName) => {
	const situations = situationsOf(nodes[nodeName])
		.filter(({ values: { imageMode = 'none' } }) => imageMode === 'none')
		.filter((_each, index, all) => index === 0 || index === all.length - 1);

	beforeAll(async () => {
		await openPanel(stage.page, nodeName);
	});
	afterAll(async () => await closePanel(stage.page));

	test.each(situations)('$title', async (situation: Situation) => {
		const { page, picture } = stage;
		const operation = operationLabels[String(situation.values.operation)];
		if (operation !== undefined) await choose(page, 'operation', operation);
		if (situation.values.mode !== undefined) await choose(page, 'mode', 'Create and Get Video');
		await choose(page, 'provider', labelOf(situation.provider));
		const named = situation.expectedNames.filter(
			(name) => !['options', 'credentials'].includes(name),
		);
		expect((await shownFields(page)).sort()).toEqual([...named].sort());
		const labels = Object.values(situation.options).map(({ label }) => label);
		expect((await offeredOptions(page)).sort()).toEqual([...labels].sort());
		await picture(`fields-${situation.title.replace(/\W+/g, '-')}`);
	});
});

describe('models and images', () => {
	beforeAll(async () => {
		await openPanel(stage.page, 'Veo Create');
	});
	afterAll(async () => await closePanel(stage.page));

	const model = () => nodePanel(stage.page).getByTestId('rlc-input');
	const suggested = providers.deepWl.create.models.map(({ id }) => id);

	test('the list joins the models of the provider with the suggested ones', async () => {
		const { page, picture, simulator } = stage;
		await choose(page, 'provider', labelOf('deepWl'));
		const offered = await modelsOf(simulator.baseUrl('deepWl'), simulator.key('deepWl'));
		await chooseCredential(page);
		const shown = await openModels(page);
		expect(shown.map((label) => label.split(' ')[0]).sort()).toEqual(
			[...new Set([...suggested, ...offered])].sort(),
		);
		await picture('models-live');
		await chooseModel(page, suggested[1] ?? '');
		expect(await model().inputValue()).toContain(suggested[1]);
	});

	test('a provider chosen afterwards comes with a model of its own', async () => {
		const { page, picture } = stage;
		const issues = nodePanel(page).getByTestId('parameter-issues');
		const before = await issues.count();
		await choose(page, 'provider', labelOf('apimp'));
		await until(async () => (await model().inputValue()) === '');
		const [first] = providers.apimp.create.models;
		expect(await model().getAttribute('placeholder')).toBe(`Default: ${first?.id}`);
		expect(await issues.count()).toBe(before);
		await picture('model-default');
	});

	test('any model may be typed', async () => {
		const { page, picture } = stage;
		await nodePanel(page).getByTestId('rlc-mode-selector').click();
		await page.locator('.el-select-dropdown__item:visible').getByText('By ID').click();
		await model().fill('veo-9-of-tomorrow');
		await picture('model-by-id');
		expect(await model().inputValue()).toBe('veo-9-of-tomorrow');
	});

	test('images ask for their files', async () => {
		const { page, picture } = stage;
		await choose(page, 'provider', labelOf('newApiRemix'));
		await choose(page, 'imageMode', 'First and Last Frame');
		await nodePanel(page).getByText('Image Files').scrollIntoViewIfNeeded();
		await picture('images');
		expect(await shownFields(page)).toEqual(expect.arrayContaining(['source', 'url']));
	});
});

/** Copies a text as from a web page, and pastes it on the canvas. */
async function paste(page: Page, baseUrl: string, text: string): Promise<void> {
	const permissions = ['clipboard-read', 'clipboard-write'];
	await page.context().grantPermissions(permissions, { origin: baseUrl });
	await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
	await page.getByTestId('canvas').click({ position: { x: 40, y: 40 } });
	await page.keyboard.press('ControlOrMeta+v');
}

/** The field of a credential with a key that the provider does not know. */
function wrongKeyOf({ serviceAccountJson }: Record<string, string>): Record<string, string> {
	if (serviceAccountJson === undefined) return { apiKey: 'sk-wrong' };
	const { privateKey } = generateKeyPairSync('rsa', {
		modulusLength: 2048,
		privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
		publicKeyEncoding: { type: 'spki', format: 'pem' },
	});
	const account = JSON.parse(serviceAccountJson) as object;
	return { serviceAccountJson: JSON.stringify({ ...account, private_key: privateKey }) };
}

async function chooseModel(page: Page, id: string): Promise<void> {
	await page.locator('[data-test-id="rlc-item"]:visible').filter({ hasText: id }).first().click();
}

/** The Veo models that a provider lists. */
async function modelsOf(baseUrl: string, key: string): Promise<string[]> {
	const headers = { authorization: `Bearer ${key}` };
	const answer = await fetch(`${baseUrl}/v1/models`, { headers });
	const { data } = (await answer.json()) as { data: Array<{ id: string }> };
	return data.map(({ id }) => id).filter(isVeoModel);
}
