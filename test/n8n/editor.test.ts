import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page, PageScreenshotOptions } from 'playwright-core';
import { VeoPollUntilDone } from '../../nodes/VeoPollUntilDone/VeoPollUntilDone.node';
import type { Editor } from '../../workbench/n8n/browser';
import { openEditor } from '../../workbench/n8n/browser';
import { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import { startN8n } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import { realClock, startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';
import { create, createCredentials, givesItems, inARow, manualTrigger, poll } from './workflows';

const pictures = path.join(__dirname, '..', '..', 'docs', 'images');
const pollName = 'Veo Poll Until Done';
// Two suspensions of 65 seconds and the last stretch, which is held.
const untilTheEndMs = 240_000;

let stage: Stage;
let simulator: Simulator;
let n8n: Instance;
let client: N8nClient;
let editor: Editor;

beforeAll(async () => {
	stage = setStage();
	simulator = await startSimulator({ clock: realClock() });
	say('starting n8n on SQLite');
	n8n = await startN8n(stage.installed, { userFolder: stage.userFolder, port: 15_720 });
	client = new N8nClient(n8n.baseUrl);
	await client.logIn();
	editor = await openEditor(n8n.baseUrl, say);
});

afterAll(async () => {
	await editor?.close();
	await n8n?.stop();
	await simulator?.close();
	stage?.clear();
});

const job = (seconds: number) => ({ prompt: `A boat [sim seconds=${seconds}]` });

type Area = NonNullable<PageScreenshotOptions['clip']>;

const canvasNode = (page: Page, name: string): Locator =>
	page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);

test('the editor says what a suspended node waits for, and shows the videos', async () => {
	const { page } = editor;
	const credentials = await createCredentials(client, simulator);
	const jobs = [job(20), job(150)];
	const row = [manualTrigger(), givesItems(jobs), create(credentials), poll(credentials)];
	const workflow = await client.createWorkflow(inARow('Two videos', ...row));
	await editor.openWorkflow(workflow.id);
	await page.getByTestId('execute-workflow-button').first().click();

	say('waiting for the suspension');
	await canvasNode(page, 'Veo Create').getByTestId('canvas-node-status-success').waitFor();
	// n8n shows the tooltip where the output will be: in the log below the canvas, and in the node's panel.
	await page.getByTestId('logs-overview-header').click();
	await page.getByTestId('logs-overview-body').getByText(pollName).click();
	const { waitingNodeTooltip = '' } = new VeoPollUntilDone().description;
	await page.getByText(waitingNodeTooltip).waitFor({ timeout: 20_000 });
	const [execution] = await client.executionsOf(workflow.id);
	if (execution === undefined) throw new Error('There is no execution');
	expect(execution.status).toBe('waiting');
	await savePicture(page, 'suspended.png');

	await canvasNode(page, pollName).dblclick();
	const panel = page.getByTestId('ndv');
	await panel.getByText(waitingNodeTooltip).waitFor();
	await panel.getByText(/Jobs ended: 0 of 2\. Suspended until \d\d:\d\d:\d\d UTC\./).waitFor();
	await page.keyboard.press('Escape');

	say('waiting for the end (about 165 s)');
	// The node is green from its last waking on, while it still holds the last stretch: ask n8n for the end.
	expect((await client.untilExecution(execution.id, untilTheEndMs)).status).toBe('success');
	await canvasNode(page, pollName).getByTestId('canvas-node-status-success').waitFor();
	await canvasNode(page, pollName).dblclick();
	await panel.getByText('video/mp4').nth(1).waitFor();
	expect(await panel.getByText('video/mp4').count()).toBe(2);
});

/** Saves what matters of the page for the documentation, when asked to. */
async function savePicture(page: Page, name: string): Promise<void> {
	if (process.env.UPDATE_PICTURES !== '1') return;
	mkdirSync(pictures, { recursive: true });
	// The canvas glides to its place after the log has opened.
	await page.waitForTimeout(1_000);
	const clip = await pictureArea(page);
	await page.screenshot({ path: path.join(pictures, name), clip });
}

/** The nodes and the log below them, without n8n's menus. */
async function pictureArea(page: Page): Promise<Area> {
	const canvas = await page.getByTestId('canvas').boundingBox();
	const log = await page.getByTestId('logs-panel').boundingBox();
	const firstNode = await canvasNode(page, 'Start').boundingBox();
	if (!canvas || !log || !firstNode) throw new Error('The editor is not drawn');
	const top = firstNode.y - 30;
	return { x: canvas.x, y: top, width: canvas.width, height: log.y + log.height - top };
}
