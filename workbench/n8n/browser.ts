import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { chromium, selectors } from 'playwright-core';
import { owner } from './client';
import { installFromDebian } from './debian';

const chromiumProgram = '/usr/bin/chromium';

const chromiumFlags = [
	// Chromium's sandbox does not start as root, nor in most containers.
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	// n8n's editor requests news and templates from several hosts. Playwright's routes would block them too,
	// but turn the browser's cache off.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A page of n8n's editor, with the owner logged in. */
export interface Editor {
	page: Page;
	/** Opens an empty canvas. */
	openNewWorkflow(): Promise<void>;
	/** Opens a workflow and waits until it can be edited. */
	openWorkflow(id: string): Promise<void>;
	close(): Promise<void>;
}

/** Opens n8n in a headless Chromium. Needs the owner that N8nClient.logIn sets up. */
export async function openEditor(baseUrl: string, say: (text: string) => void): Promise<Editor> {
	installChromium(say);
	// Playwright's default is data-testid.
	selectors.setTestIdAttribute('data-test-id');
	const browser = await chromium.launch({ executablePath: chromiumProgram, args: chromiumFlags });
	try {
		const context = await browser.newContext({
			viewport: { width: 1180, height: 720 },
			// Times in pictures must not depend on the machine.
			locale: 'en-GB',
			timezoneId: 'UTC',
		});
		// The first page takes long on a busy machine.
		context.setDefaultTimeout(120_000);
		const page = await context.newPage();
		// Through the form: n8n binds a session to the browser that logged in.
		await page.goto(`${baseUrl}/signin`);
		await page.locator('input[type="email"], input[name="emailOrLdapLoginId"]').fill(owner.email);
		await page.locator('input[type="password"]').fill(owner.password);
		await page.getByTestId('form-submit-button').click();
		await page.waitForURL(({ pathname }) => pathname !== '/signin');
		return {
			page,
			openNewWorkflow: async () => {
				await page.goto(`${baseUrl}/workflow/new`, { waitUntil: 'networkidle' });
				await page.getByTestId('canvas-plus-button').waitFor();
			},
			openWorkflow: async (id) => {
				// The nodes appear before the editor handles clicks; an early click is lost.
				await page.goto(`${baseUrl}/workflow/${id}`, { waitUntil: 'networkidle' });
				await page.getByTestId('canvas-node').first().waitFor();
			},
			close: async () => await browser.close(),
		};
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/** Installs Chromium where it is missing (about 100 MB). */
export function installChromium(say: (text: string) => void): void {
	installFromDebian(['chromium'], existsSync(chromiumProgram), say);
}
