import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Editor } from '../../../workbench/n8n/browser';
import { openEditor } from '../../../workbench/n8n/browser';
import type { OpenStage, StageSettings } from '../openStage';
import { openStage } from '../openStage';
import { say } from '../stage';

/** A real n8n with our package, open in a browser, and the simulator. */
export interface EditorStage extends OpenStage {
	editor: Editor;
	page: Page;
	/** Keeps a picture of the page as it is, for a person to look at. */
	picture(name: string): Promise<void>;
}

/** Where the pictures of the tests are kept. */
const picturesFolder = process.env.UPDATE_PICTURES ?? path.join(tmpdir(), 'n8n-nodes-veo-pictures');

/** Without a graphics card, what n8n moves takes a third of the browser's processor time. */
const stopAnimations = `document.addEventListener('DOMContentLoaded', () => {
	const style = document.createElement('style');
	style.textContent = '*, *::before, *::after { animation: none !important; transition: none !important; }';
	document.head.append(style);
});`;

export async function openEditorStage(
	port: number,
	settings: StageSettings = {},
): Promise<EditorStage> {
	const stage = await openStage(port, settings);
	const editor = await openEditor(stage.baseUrl, say);
	const { page } = editor;
	page.setDefaultTimeout(30_000);
	await page.addInitScript({ content: stopAnimations });
	mkdirSync(picturesFolder, { recursive: true });
	say(`pictures of this run are kept in ${picturesFolder}`);
	let count = 0;
	return {
		...stage,
		editor,
		page,
		picture: async (name) => {
			const file = `${port}-${String(++count).padStart(2, '0')}-${name}.png`;
			await page.screenshot({ path: path.join(picturesFolder, file) });
		},
		close: async () => {
			await editor.close();
			await stage.close();
		},
	};
}
