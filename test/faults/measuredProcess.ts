import type { CredentialValues } from '../../workbench/engine/credentials';
import { runWorkflow } from '../../workbench/engine/engine';
import { createNode, inARow, pollNode } from '../engine/workflow';
import { startGauge } from '../memory/gauge';

/*
 * A process that creates a job and checks it, and prints by how much its resident set grew at most. The
 * first run is not counted: it loads the engine.
 */
const { route, credentials } = JSON.parse(process.argv[2] ?? '') as {
	route: string;
	credentials: CredentialValues;
};

const onError = 'continueErrorOutput';
const create = createNode('deepWl', {}, { onError });
const poll = pollNode('deepWl', { download: false, options: { tolerance: 1 } }, { onError });
const nodes = route === 'create' ? [create] : [poll];
const item = { json: { prompt: 'A cat', jobId: 'job' } };

async function main(): Promise<void> {
	const offline = {
		veoDeepWlApi: { ...credentials.veoDeepWlApi, baseUrl: 'http://127.0.0.1:9/v1' },
	};
	await runWorkflow(inARow(poll), { credentials: offline, items: [item] });
	const growth = startGauge();
	await runWorkflow(inARow(...nodes), { credentials, items: [item] });
	process.stdout.write(`grown by ${Math.ceil(growth().residentMb)} MB\n`);
	process.exit();
}

void main();
