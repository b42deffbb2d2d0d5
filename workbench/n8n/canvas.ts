import type { Locator, Page } from 'playwright-core';

/** A node on the canvas. */
export const canvasNode = (page: Page, name: string): Locator =>
	page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);

/** Puts a manual trigger on an empty canvas. */
export async function addManualTrigger(page: Page): Promise<void> {
	await page.getByTestId('canvas-plus-button').click();
	await page.getByText('Trigger manually').click();
	await page.getByTestId('canvas-node').waitFor();
}

/** Opens the node creator at the open end of the last node, so that the added node is connected. */
export async function openNodeCreator(page: Page): Promise<void> {
	await page.getByTestId('canvas-handle-plus').last().click();
	await page.getByPlaceholder('Search nodes...').waitFor();
}

/** The results of the node creator, best first. */
export async function searchNodes(page: Page, words: string): Promise<string[]> {
	await page.getByPlaceholder('Search nodes...').fill(words);
	// The list updates after a delay, without a sign of it in the page.
	await page.waitForTimeout(600);
	const names = page.getByTestId('node-creator').getByTestId('node-creator-item-name');
	return (await names.allInnerTexts()).map((name) => name.trim());
}

/** Adds a node that the node creator has found, optionally with one of its actions. */
export async function addFoundNode(page: Page, name: string, action?: string): Promise<void> {
	const creator = page.getByTestId('node-creator');
	await creator.getByTestId('node-creator-item-name').getByText(name, { exact: true }).click();
	await creator.getByText(action ?? 'Add to workflow').click();
	await page.getByTestId('ndv').waitFor();
}

/** The connections on the canvas, as "from → to". */
export async function connections(page: Page): Promise<string[]> {
	const edges = await page.getByTestId('edge').all();
	return await Promise.all(
		edges.map(async (edge) => {
			const [from, to] = await Promise.all([
				edge.getAttribute('data-source-node-name'),
				edge.getAttribute('data-target-node-name'),
			]);
			return `${from} → ${to}`;
		}),
	);
}

/** Starts the workflow by hand. */
export async function executeWorkflow(page: Page): Promise<void> {
	await page.getByTestId('execute-workflow-button').first().click();
}
