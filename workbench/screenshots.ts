/*
 * `npm run screenshots`: takes the README's pictures from a real editor, in about three minutes. Apart from job
 * IDs and times, a picture changes only when the editor or the nodes look different.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { INode } from 'n8n-workflow';
import type { Locator, Page } from 'playwright-core';
import { openEditor } from './n8n/browser';
import { canvasNode, executeWorkflow } from './n8n/canvas';
import { N8nClient } from './n8n/client';
import type { Area } from './movingPicture';
import { startRecording } from './movingPicture';
import { installN8n } from './n8n/install';
import { startN8n } from './n8n/instance';
import { installOwnPackage } from './n8n/ownPackage';
import { closePanel, openPanel } from './n8n/panel';
import { startSimulator } from './simulator';
import { simulatorCredentials } from './simulatorCredentials';
import type { WorkflowFile } from './workflowFile';
import { buildNode, connectInARow } from './workflowFile';

const pictures = path.join(__dirname, '..', 'docs', 'images');
const port = 15_728;
const maxJobMs = 240_000;
const say = (text: string) => console.log(`· ${text}`);

const prompts = [
	'A paper boat sails down a rainy street, close-up, soft light',
	'The same boat reaches the sea at sunrise, wide shot',
];
const nodePictures = {
	'Veo Create': 'create.png',
	'Veo Poll Until Done': 'poll.png',
	'Veo Remix Extend': 'extend.png',
};

type Credentials = Record<string, { id: string; name: string }>;

const provider = 'newApiRemix';

function pipeline(credentials: Credentials): WorkflowFile {
	const items = JSON.stringify(prompts.map((prompt) => ({ json: { prompt } })));
	const model = (value: string) => ({ __rl: true, mode: 'list', value });
	const nodes = [
		buildNode('Start', 'n8n-nodes-base.manualTrigger'),
		buildNode('Prompts', 'n8n-nodes-base.code', { jsCode: `return ${items};` }, 2),
		...[
			buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
				provider,
				model: model('veo_3_1-fast'),
				prompt: '={{ $json.prompt }}',
			}),
			buildNode('Veo Poll Until Done', 'n8n-nodes-veo.veoPollUntilDone', { provider }),
			buildNode('Veo Remix Extend', 'n8n-nodes-veo.veoRemixExtend', {
				operation: 'extend',
				provider,
				model: model('veo_3_1-extend'),
				prompt: 'The boat drifts on into the night, lanterns on the water',
			}),
		].map((node) => ({ ...node, credentials })),
	].map((node, column): INode => ({ ...node, position: [column * 224, 0] }));
	return { name: 'Video pipeline', nodes, connections: connectInARow(nodes) };
}

/** One video, by the two nodes that every workflow has. */
function twoNodes(credentials: Credentials): WorkflowFile {
	const [prompt] = prompts;
	const nodes = [
		buildNode('Start', 'n8n-nodes-base.manualTrigger'),
		...[
			// Still running at the first check, so that the execution is suspended once.
			buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
				provider,
				prompt: `${prompt} [sim seconds=40]`,
			}),
			buildNode('Veo Poll Until Done', 'n8n-nodes-veo.veoPollUntilDone', { provider }),
		].map((node) => ({ ...node, credentials })),
	].map((node, column): INode => ({ ...node, position: [column * 224, 0] }));
	return { name: 'One video', nodes, connections: connectInARow(nodes) };
}

/** The moving picture: the job is created, the execution is suspended, and the video plays. */
async function filmTwoNodes(
	page: Page,
	untilEnded: (isThere?: (status: string) => boolean) => Promise<void>,
): Promise<void> {
	const poll = canvasNode(page, 'Veo Poll Until Done');
	await page.getByTestId('zoom-to-fit').click();
	// Its tooltip.
	await page.mouse.move(0, 0);
	await page.waitForTimeout(1_000);
	const canvas = await readBox(page.getByTestId('canvas'));
	const middle = (await readBox(canvasNode(page, 'Veo Create'))).y;
	const height = Math.round(canvas.width * 0.45);
	const clip = { ...canvas, y: Math.max(canvas.y, middle + 50 - height / 2), height };
	const recording = startRecording(page);
	try {
		await recording.show(clip, 1_000);
		say('filming one video (about two minutes)');
		await executeWorkflow(page);
		await canvasNode(page, 'Veo Create').getByTestId('canvas-node-status-success').waitFor();
		await recording.film(
			clip,
			untilEnded((status) => status === 'waiting'),
		);
		// The editor hears of it a moment later.
		await page.waitForTimeout(1_500);
		await recording.show(clip, 2_500);
		await untilEnded();
		await poll.getByTestId('canvas-node-status-success').waitFor();
		await recording.show(clip, 1_200);
		const panel = await openPanel(page, 'Veo Poll Until Done');
		await panel.getByTestId('ndv-view-binary-data').first().click();
		await page.waitForFunction('document.querySelector("video").readyState >= 2');
		await page.evaluate('document.querySelector("video").controls = false');
		const whole = await readBox(panel);
		const shown = { ...whole, height: Math.min(whole.height, whole.width * 0.45) };
		const played = page.evaluate(`new Promise((done) => {
			const video = document.querySelector("video");
			video.addEventListener("ended", done, { once: true });
			void video.play();
		})`);
		await recording.film(shown, played);
		await recording.show(shown, 1_500);
		recording.save(path.join(pictures, 'two-nodes.webp'));
		say('two-nodes.webp');
	} finally {
		recording.close();
	}
}

async function main(): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-screenshots-'));
	const installed = await installN8n(say);
	installOwnPackage(folder, say);
	const simulator = await startSimulator();
	say('starting n8n');
	const n8n = await startN8n(installed, { userFolder: folder, port });
	try {
		const client = new N8nClient(n8n.baseUrl);
		await client.logIn();
		const credentials: Credentials = {};
		for (const [type, values] of Object.entries(simulatorCredentials(simulator))) {
			const { id } = await client.createCredential('My key', type, values);
			credentials[type] = { id, name: 'My key' };
		}
		const [long, short] = await Promise.all([
			client.createWorkflow(pipeline(credentials)),
			client.createWorkflow(twoNodes(credentials)),
		]);
		const untilEnded = async (id: string, isThere?: (status: string) => boolean) => {
			const [execution] = await client.executionsOf(id);
			await client.untilExecution(execution?.id ?? '', maxJobMs, isThere);
		};
		const editor = await openEditor(n8n.baseUrl, say);
		try {
			await editor.openWorkflow(short.id);
			await filmTwoNodes(editor.page, async (isThere) => await untilEnded(short.id, isThere));
			if (process.argv.includes('--film')) return;
			await editor.openWorkflow(long.id);
			await takePictures(editor.page, async () => await untilEnded(long.id));
		} finally {
			await editor.close();
		}
	} finally {
		await n8n.stop();
		await simulator.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function takePictures(page: Page, untilEnded: () => Promise<void>): Promise<void> {
	mkdirSync(pictures, { recursive: true });
	await page.getByTestId('zoom-to-fit').click();
	for (const [name, file] of Object.entries(nodePictures)) {
		const panel = await openPanel(page, name);
		await picture(page, file, await readBox(panel));
		await closePanel(page);
	}

	say('running the workflow (about two minutes)');
	await executeWorkflow(page);
	await canvasNode(page, 'Veo Create').getByTestId('canvas-node-status-success').waitFor();
	// n8n shows the waiting node's message in place of its output.
	await page.getByTestId('logs-overview-header').click();
	await page
		.getByTestId('logs-overview-body')
		.getByText('Veo Poll Until Done')
		.click({ timeout: maxJobMs });
	await page.getByText('The execution is suspended').first().waitFor();
	await page.waitForTimeout(1_000);
	const canvas = await readBox(page.getByTestId('canvas'));
	const log = await readBox(page.getByTestId('logs-panel'));
	const top = (await readBox(canvasNode(page, 'Start'))).y - 30;
	await picture(page, 'suspended.png', {
		x: canvas.x,
		y: top,
		width: canvas.width,
		height: log.y + log.height - top,
	});

	await untilEnded();
	await canvasNode(page, 'Veo Remix Extend').getByTestId('canvas-node-status-success').waitFor();
	const panel = await openPanel(page, 'Veo Poll Until Done');
	await panel.getByTestId('ndv-view-binary-data').first().click();
	await page.waitForFunction('document.querySelector("video").readyState >= 2');
	// Hide the player's controls.
	await page.evaluate('document.querySelector("video").controls = false');
	await page.getByText('Workflow executed successfully').waitFor({ state: 'hidden' });
	await picture(page, 'finished.png', await readBox(panel));
}

async function readBox(locator: Locator): Promise<Area> {
	const box = await locator.first().boundingBox();
	if (box === null) throw new Error('The editor is not drawn');
	return box;
}

async function picture(page: Page, name: string, clip: Area): Promise<void> {
	// Canvas and panels are animated.
	await page.waitForTimeout(1_000);
	await page.mouse.move(0, 0);
	await page.screenshot({ path: path.join(pictures, name), clip });
	say(name);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : String(error));
	process.exit(1);
});
