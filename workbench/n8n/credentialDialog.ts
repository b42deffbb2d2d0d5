import type { Locator, Page } from 'playwright-core';
import { nodePanel } from './panel';

const dialog = (page: Page): Locator => page.getByTestId('credential-edit-dialog');

/** Opens the dialog for a first credential from the node's panel. */
export async function connectCredential(page: Page): Promise<void> {
	await nodePanel(page).getByTestId('node-credentials-slot').getByRole('button').click();
	await dialog(page).waitFor();
}

/** Fills in the fields, saves, and returns the message of n8n's credential test. */
export async function saveCredential(page: Page, fields: Record<string, string>): Promise<string> {
	for (const [name, text] of Object.entries(fields)) {
		const input = dialog(page).getByTestId(`parameter-input-${name}`).locator('input').first();
		if (await input.isEditable()) await input.fill(text);
	}
	const tested = page.waitForResponse((response) =>
		response.url().endsWith('/rest/credentials/test'),
	);
	await page.getByTestId('credential-save-button').getByRole('button').click();
	const { data } = (await (await tested).json()) as { data: { status: string; message: string } };
	if (data.status === 'OK') return data.message;
	const said = (text: string) => dialog(page).getByText(text).locator('visible=true');
	await said('Couldn’t connect with these settings').waitFor();
	// The reason is behind a link, and stays visible once opened.
	if (!(await said(data.message).isVisible())) await said('More details').click();
	await said(data.message).waitFor();
	return data.message;
}

/** The credential in the node's panel after n8n has closed the dialog, which it does when the test passed. */
export async function chosenCredential(page: Page): Promise<string> {
	await dialog(page).waitFor({ state: 'hidden' });
	return await nodePanel(page).getByTestId('node-credentials-select').locator('input').inputValue();
}

/** Selects the existing credential again: n8n deselects it when another provider is chosen. */
export async function chooseCredential(page: Page): Promise<void> {
	await nodePanel(page).getByTestId('node-credentials-select').click();
	const items = page.locator('.el-select-dropdown__item:visible').filter({ hasText: ' account' });
	await items.first().click();
	await items.first().waitFor({ state: 'hidden' });
}
