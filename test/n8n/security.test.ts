import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { placesOf } from '../engine/leaks';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import { create, givesItems, itemsOf, pollName, poll, runByHand } from './workflows';

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;

beforeAll(async () => {
	// With its protection on, files in the database, and every word in the log.
	stage = await openStage(15_840, {
		environment: {
			N8N_SSRF_PROTECTION_ENABLED: 'true',
			// The providers are allowed by their name. Their files are at 127.0.0.1, which is not.
			N8N_SSRF_ALLOWED_HOSTNAMES: 'localhost',
			N8N_DEFAULT_BINARY_DATA_MODE: 'database',
			N8N_LOG_LEVEL: 'debug',
			N8N_LOG_OUTPUT: 'console,file',
		},
		address: (baseUrl) => baseUrl.replace('127.0.0.1', 'localhost'),
	});
	({ client, simulator } = stage);
});

afterAll(async () => await stage?.close());

const keys = () => providerNames.map((name) => simulator.key(name));

/** Every file n8n has written: its database with what is not yet merged into it, its logs, its settings. */
function filesWith(texts: readonly string[]): string[] {
	return readdirSync(stage.userFolder, { recursive: true, encoding: 'utf8' })
		.filter((path) => !path.includes('node_modules'))
		.filter((path) => statSync(join(stage.userFolder, path)).isFile())
		.filter((path) => {
			const bytes = readFileSync(join(stage.userFolder, path));
			return texts.some((text) => bytes.includes(text));
		});
}

/** Creates a job and waits for it, and gives the id of the execution. */
async function run(prompt: string, onCreate: INodeParameters = {}, onPoll: INodeParameters = {}) {
	const { credentials } = stage;
	const nodes = [create(credentials, onCreate), poll(credentials, onPoll)];
	return await runByHand(client, [givesItems([{ prompt }]), ...nodes]);
}

function expectNoKeyIn(execution: Execution): void {
	expect(filesWith(keys())).toEqual([]);
	expect(placesOf(keys(), execution)).toEqual([]);
}

test('the database and the log of a suspended execution hold no key', async () => {
	const id = await run('A boat [sim seconds=40 ending=noUrl content=bytes]');
	const waiting = await client.untilExecution(id, 60_000, (status) => status === 'waiting');
	const jobId = simulator.ledger[0]?.jobId ?? 'none';
	// The state can be read as it lies there: what is not found is not there.
	expect(filesWith([jobId]).filter((path) => path.includes('database.sqlite'))).not.toEqual([]);
	expectNoKeyIn(waiting);

	say('waiting for the suspension to end (65 s)');
	const ended = await client.untilExecution(id, 200_000);
	expect(ended.status).toBe('success');
	expect(itemsOf(ended)).toMatchObject([{ json: { status: 'succeeded' } }]);
	expect(itemsOf(ended)[0]?.binary?.video?.id).toMatch(/^database:/);
	expectNoKeyIn(ended);
});

test('what n8n refuses to reach stays refused, and the error holds no key', async () => {
	const provider = 'apimp';
	const id = await run('A boat [sim seconds=0]', { provider }, { provider, waiting: 'hold' });
	const ended = await client.untilExecution(id, 120_000);
	expect(ended.status).toBe('error');
	expect(ended.data.resultData.error?.message).toMatch(
		/could not be downloaded.*restricted IP address/,
	);
	expect(simulator.calls.filter(({ path }) => path.startsWith('/cdn/'))).toEqual([]);
	expectNoKeyIn(ended);
	const logs = filesWith([pollName]).filter((path) => path.endsWith('.log'));
	expect(logs).not.toEqual([]);
});
