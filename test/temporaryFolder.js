const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

// Jest ends its workers without their exit handlers. So they share a folder, which the main process deletes.
if (process.env.JEST_WORKER_ID === undefined && process.env.VEO_TEMPORARY_FOLDER === undefined) {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-tests-'));
	process.env.VEO_TEMPORARY_FOLDER = folder;
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}
