import type { Locator, Page } from 'playwright-core';
import { canvasNode } from './canvas';

/** The panel of the node that is open. */
export const nodePanel = (page: Page): Locator => page.getByTestId('ndv');

export async function openPanel(page: Page, nodeName: string): Promise<Locator> {
	await canvasNode(page, nodeName).dblclick();
	const panel = nodePanel(page);
	await panel.waitFor();
	return panel;
}

export async function closePanel(page: Page): Promise<void> {
	await page.getByTestId('ndv-close-button').click();
	await nodePanel(page).waitFor({ state: 'hidden' });
}

const field = (page: Page, name: string): Locator =>
	nodePanel(page).getByTestId(`parameter-input-${name}`);

/** Chooses from a menu by label. */
export async function choose(page: Page, name: string, label: string): Promise<void> {
	await field(page, name).click();
	const items = page.locator('[data-test-id="parameter-input-item"]:visible');
	await items.getByText(label, { exact: true }).click();
	// The menu fades out; the next call must not find it.
	await items.first().waitFor({ state: 'hidden' });
}

// The fields of the Settings tab are in the page too, and are not the node's own.
const settings = [
	...['alwaysOutputData', 'executeOnce', 'retryOnFail', 'maxTries', 'waitBetweenTries'],
	...['onError', 'notes', 'notesInFlow'],
];

/** The names of the node's visible fields, in order. Collections have no name of their own. */
export async function shownFields(page: Page): Promise<string[]> {
	const inputs = nodePanel(page).locator(
		'[data-test-id="node-parameters"] [data-test-id^="parameter-input-"]:visible',
	);
	const ids = await inputs.evaluateAll((elements) =>
		elements.map((element) => element.getAttribute('data-test-id') ?? ''),
	);
	return ids
		.map((id) => id.replace('parameter-input-', ''))
		.filter((name) => name !== 'field' && !settings.includes(name));
}

/** The labels that can be added to the collection Options. */
export async function offeredOptions(page: Page): Promise<string[]> {
	await nodePanel(page).getByTestId('collection-parameter-add').last().click();
	const items = page.locator('.el-select-dropdown__item:visible');
	await items.first().waitFor();
	const labels = (await items.allInnerTexts()).map((label) => label.trim());
	await page.keyboard.press('Escape');
	await items.first().waitFor({ state: 'hidden' });
	return labels;
}

/** Opens the list of models and returns its labels once there are at least so many. The list stays open. */
export async function openModels(page: Page, atLeast = 1): Promise<string[]> {
	await nodePanel(page).getByTestId('rlc-input').click();
	const items = page.locator('[data-test-id="rlc-item"]:visible');
	// Until the provider has answered, the list has only the selected model.
	await items.nth(atLeast - 1).waitFor();
	return (await items.allInnerTexts()).map((label) => label.trim());
}
