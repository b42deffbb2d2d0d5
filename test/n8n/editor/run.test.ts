import type { IDataObject } from 'n8n-workflow';
import type { Page } from 'playwright-core';
import { otherProviderHint } from '../../../nodes/VeoPollUntilDone/otherProviderHint';
import { VeoPollUntilDone } from '../../../nodes/VeoPollUntilDone/VeoPollUntilDone.node';
import { canvasNode, executeWorkflow } from '../../../workbench/n8n/canvas';
import { closePanel, nodePanel, openPanel } from '../../../workbench/n8n/panel';
import { say } from '../stage';
import {
	create,
	givesItems,
	inARow,
	job,
	manualTrigger,
	poll,
	pollName,
	until,
} from '../workflows';
import type { EditorStage } from './editorStage';
import { openEditorStage } from './editorStage';

/* A person runs a workflow and looks at the result. */

const { waitingNodeTooltip = '' } = new VeoPollUntilDone().description;
// A suspension lasts 65 seconds.
const untilTheEndMs = 240_000;

let stage: EditorStage;
beforeAll(async () => {
	stage = await openEditorStage(15_724);
});
afterAll(async () => await stage?.close());

/** Opens a new workflow in which jobs are created and waited for. */
async function openPipeline(
	name: string,
	jobs: IDataObject[],
	settings: { create?: object; poll?: object; retryOnFail?: boolean } = {},
): Promise<string> {
	const created = {
		...create(stage.credentials, { ...settings.create }),
		retryOnFail: settings.retryOnFail,
	};
	const row = [
		manualTrigger(),
		givesItems(jobs),
		created,
		poll(stage.credentials, { ...settings.poll }),
	];
	const { id } = await stage.client.createWorkflow(inARow(name, ...row));
	await stage.editor.openWorkflow(id);
	return id;
}

// With jobs that have ended by the first check, so that nothing is held for long.
const held = { waiting: 'hold', pollIntervalSeconds: 5 };

test('a finished video can be watched in the panel', async () => {
	const { page, picture } = stage;
	await openPipeline('Finished', [job(0)], { poll: held });
	await executeWorkflow(page);
	await canvasNode(page, pollName)
		.getByTestId('canvas-node-status-success')
		.waitFor({ timeout: 90_000 });
	await picture('finished-canvas');
	const panel = await openPanel(page, pollName);
	await panel.getByText('video/mp4').first().waitFor();
	await picture('finished-panel');
	await panel.getByTestId('ndv-view-binary-data').click();
	const video = page.locator('video');
	await video.waitFor();
	await page.waitForFunction('document.querySelector("video").readyState >= 2');
	const { seconds, width } = await video.evaluate((element) => {
		const { duration, videoWidth } = element as unknown as { duration: number; videoWidth: number };
		return { seconds: duration, width: videoWidth };
	});
	expect(seconds).toBeCloseTo(8, 0);
	expect(width).toBeGreaterThan(0);
	await picture('finished-video');
});

test('the error of a failed job says what happened, and names the job', async () => {
	const { page, picture, simulator } = stage;
	const id = await openPipeline('Failed', [job(0, 'safety')], { poll: held });
	await executeWorkflow(page);
	await untilFailed(id);
	await picture('failed-canvas');
	const panel = await openPanel(page, pollName);
	const output = panel.getByTestId('output-panel');
	const { jobId } = simulator.ledger.at(-1) ?? {};
	await output.getByText(String(jobId)).first().waitFor();
	await picture('failed-panel');
	await closePanel(page);
});

test('hints say what is odd before money is lost', async () => {
	const { page, picture } = stage;
	await openPipeline('Hints', [job(0)], {
		create: { provider: 'eronmind', model: { __rl: true, mode: 'id', value: 'veo_3_1-portrait' } },
		poll: { ...held, provider: 'eronmind' },
		retryOnFail: true,
	});
	await runUntil(page, 'Veo Create');
	const output = (await openPanel(page, 'Veo Create')).getByTestId('output-panel');
	await output.getByText(/Retry On Fail is on/).waitFor();
	await output.getByText(/makes portrait videos, whatever Aspect Ratio says/).waitFor();
	await picture('hints');
	await closePanel(page);
});

test('jobs of another provider are noticed before they are checked', async () => {
	const { page, picture } = stage;
	await openPipeline('Other provider', [job(0)], { poll: { ...held, provider: 'kie' } });
	await runUntil(page, 'Veo Create');
	const output = (await openPanel(page, pollName)).getByTestId('output-panel');
	await output.getByText(otherProviderHint.message).waitFor();
	await picture('other-provider');
	await closePanel(page);
});

test('a suspended node says what it waits for, and the videos come', async () => {
	const { page, picture, client } = stage;
	// They end while the node is suspended, also on busy cores.
	const poll = { waiting: 'suspend' };
	const id = await openPipeline('Two videos', [job(60), job(60)], { poll });
	await executeWorkflow(page);
	await canvasNode(page, 'Veo Create').getByTestId('canvas-node-status-success').waitFor();
	// n8n shows the tooltip where the output will be: in the log below the canvas, and in the node's panel.
	await page.getByTestId('logs-overview-header').click();
	await page.getByTestId('logs-overview-body').getByText(pollName).click();
	await page.getByText(waitingNodeTooltip).waitFor({ timeout: 30_000 });
	const [execution] = await client.executionsOf(id);
	if (execution === undefined) throw new Error('There is no execution');
	expect(execution.status).toBe('waiting');
	await picture('suspended-canvas');
	const panel = await openPanel(page, pollName);
	await panel.getByText(waitingNodeTooltip).waitFor();
	await panel.getByText(/Jobs ended: 0 of 2\. Suspended until \d\d:\d\d:\d\d UTC\./).waitFor();
	await picture('suspended-panel');
	await closePanel(page);

	say('waiting for the end of the suspension (65 s)');
	// The node is green from its last resume on: ask n8n for the end.
	expect((await client.untilExecution(execution.id, untilTheEndMs)).status).toBe('success');
	await canvasNode(page, pollName).getByTestId('canvas-node-status-success').waitFor();
	await openPanel(page, pollName);
	await nodePanel(page).getByText('video/mp4').nth(1).waitFor();
	expect(await nodePanel(page).getByText('video/mp4').count()).toBe(2);
	await picture('suspended-end');
});

/** Waits until the newest execution of the workflow has failed, and the editor says so. */
async function untilFailed(workflowId: string): Promise<void> {
	const { client, page } = stage;
	await until(async () => (await client.executionsOf(workflowId)).length > 0);
	const [execution] = await client.executionsOf(workflowId);
	expect((await client.untilExecution(execution?.id ?? '', untilTheEndMs)).status).toBe('error');
	await page
		.getByText(/^Problem in node/)
		.first()
		.waitFor();
}

/** Runs the nodes up to this one, as "Execute step" in its panel does. */
async function runUntil(page: Page, nodeName: string): Promise<void> {
	await openPanel(page, nodeName);
	await nodePanel(page).getByTestId('node-execute-button').click();
	await nodePanel(page).getByTestId('node-run-status-success').waitFor({ timeout: 30_000 });
	await closePanel(page);
}
