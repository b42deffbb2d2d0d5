import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { WakeJobs, WakeRun } from '../../workbench/n8n/wakeRun';
import { endWakeRun, jobsNamed, startWakeRun } from '../../workbench/n8n/wakeRun';
import type { LedgerEntry, Simulator } from '../../workbench/simulator';
import { example, isOurs } from '../exampleFiles';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { testSideBySide } from './sideBySide';
import { say } from './stage';
import { code, create, givesItems, jsonsOf, node, poll, runByHand, until } from './workflows';

/*
 * A suspended execution is resumed by the call of its provider. The simulator calls as each provider
 * documents. Without the call, the first check comes after more than a minute.
 */

const minSuspendMs = 65_000;

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;

beforeAll(async () => {
	stage = await openStage(15_738);
	({ client, simulator } = stage);
});

afterAll(async () => await stage?.close());

testSideBySide({
	'one job of 120 seconds of each provider': async () => await oneJobEach(120),
	'one job of 25 seconds of each provider': async () => await oneJobEach(25),
	'the example is woken': wokenExample,
	'ten jobs that end 3 seconds apart': async () =>
		await manyJobs({ name: 'apart', seconds: countUp(10, 25, 3) }, 30),
	'ten jobs that end at the same instant': async () =>
		await manyJobs({ name: 'together', seconds: { count: 10, endsAt: Date.now() + 60_000 } }, 20),
	'the same call twice at the same moment': callTwice,
	'a call before the wait is stored is refused, and its repeat resumes': earlyCall,
	'a call for the job of another node wakes without a check': callForAnother,
	'a late call does not resume a later Wait node': lateCall,
	'a late call does not resume a later “send and wait”': lateCallToApproval,
	'a call without the signature, or with a wrong one, changes nothing': forgedCalls,
	'a body of 10 MB, garbage, or none wakes, and the job is waited for': oddBodies,
	'many calls at once run what comes after once': callsAtOnce,
	'without the call the execution wakes by itself': lostCall,
});

const isWaiting = (status: string) => status === 'waiting';
const prompt = (name: string, seconds: number, words?: string) => ({
	prompt: `${name} [sim seconds=${seconds}${words === undefined ? '' : ` words=${words}`}]`,
});
const waking: INodeParameters = { options: { wakeByCallback: true } };

const createWaking = () => create(stage.credentials, { provider: 'kie', ...waking });
const pollSuspended = () => poll(stage.credentials, { provider: 'kie', waiting: 'suspend' });
const after = () => code('After', 'return $input.all();');

const countUp = (count: number, first: number, step: number) =>
	Array.from({ length: count }, (_, index) => first + step * index);
const firstJob = (name: string) => jobsNamed(simulator, name)[0];
const urlOf = (job: LedgerEntry | undefined) => String(job?.fields.callBackUrl);
const start = async (items: IDataObject[], ...nodes: INode[]) =>
	await runByHand(client, [givesItems(items), ...nodes]);

/** Waits for the end of an execution whose jobs all succeeded. */
async function ended(id: string, jobs: number): Promise<Execution> {
	const execution = await client.untilExecution(id, 5 * minSuspendMs);
	expectAllOnce(execution, jobs);
	return execution;
}

/** All jobs succeeded, what comes after them ran once, and the URL is nowhere. */
function expectAllOnce(execution: Execution, jobs: number): void {
	expect(execution.status).toBe('success');
	const given = jsonsOf(execution, 'After');
	expect(given.map(({ status }) => status)).toEqual(Array(jobs).fill('succeeded'));
	expect(execution.data.resultData.runData.After).toHaveLength(1);
	expect(JSON.stringify(execution)).not.toMatch(/veo-wake/);
}

const countChecks = (execution: Execution) =>
	jsonsOf(execution, 'After').reduce((sum, { checks }) => sum + Number(checks), 0);

const call = async (url: string, body?: string, type = 'application/json') =>
	(await fetch(url, { method: 'POST', body, headers: { 'content-type': type } })).status;

/** Starts a job, and waits until its execution is suspended. */
async function startSuspended(name: string, seconds: number, words?: string, ...more: INode[]) {
	const id = await start([prompt(name, seconds, words)], createWaking(), pollSuspended(), ...more);
	const suspended = await client.untilExecution(id, 60_000, isWaiting);
	return { id, suspended, url: urlOf(firstJob(name)) };
}

async function oneJobEach(seconds: number): Promise<void> {
	const names = ['apimp', 'fal', 'replicate', 'kie'] as const;
	await Promise.all(
		names.map(async (provider) => {
			const name = `${provider}-${seconds}`;
			const id = await startWakeRun(stage, { name, provider, seconds: [seconds] });
			const { data } = await client.untilExecution(id, 60_000, isWaiting);
			expect(JSON.stringify(data)).toContain('until the provider calls, at the latest until');
			expect((await endRun(id, name, 1)).checks).toBe(1);
		}),
	);
}

/** How soon they are noticed: `npm run bench -- wake`. */
async function manyJobs(jobs: WakeJobs, maxChecks: number): Promise<void> {
	const { name, seconds } = jobs;
	const id = await startWakeRun(stage, jobs);
	const { checks } = await endRun(
		id,
		name,
		Array.isArray(seconds) ? seconds.length : seconds.count,
	);
	expect(checks).toBeLessThanOrEqual(maxChecks);
}

async function endRun(id: string, name: string, jobs: number): Promise<WakeRun> {
	const run = await endWakeRun(stage, id, name, 5 * minSuspendMs);
	expectAllOnce(run.execution, jobs);
	say(`${name}: ended ${run.lateMs} ms after the last, ${run.checks} checks`);
	return run;
}

async function callTwice(): Promise<void> {
	const id = await start(
		[prompt('twice', 27, 'callTwice')],
		createWaking(),
		pollSuspended(),
		after(),
	);
	expect(countChecks(await ended(id, 1))).toBe(1);
}

async function earlyCall(): Promise<void> {
	// Up to 65 seconds a Wait node holds, so that the execution certainly runs during the first call.
	const hold = node('Hold', 'n8n-nodes-base.wait', { amount: 12 }, { typeVersion: 1.1 });
	const id = await start(
		[prompt('early', 25, 'noCall')],
		createWaking(),
		{ ...hold, webhookId: 'early' },
		pollSuspended(),
		after(),
	);
	await until(async () => firstJob('early') !== undefined);
	const job = firstJob('early');
	const body = JSON.stringify({ data: { taskId: job?.jobId } });
	// 409 while the execution runs, 500 while n8n is just storing it.
	expect([409, 500]).toContain(await call(urlOf(job), body));
	await client.untilExecution(id, 60_000, isWaiting);
	await sleep(Math.max(0, Number(job?.at) + 25_500 - Date.now()));
	expect(await call(urlOf(job), body)).toBe(200);
	// The first after the hold, and that of the call.
	expect(countChecks(await ended(id, 1))).toBe(2);
}

async function callForAnother(): Promise<void> {
	const first = { ...createWaking(), name: 'Create A' };
	const second = {
		...create(stage.credentials, {
			provider: 'kie',
			...waking,
			prompt: prompt('other', 12, 'noCall').prompt,
		}),
		name: 'Create B',
	};
	const waitForA = poll(
		stage.credentials,
		{ provider: 'kie', waiting: 'suspend', jobId: "={{ $('Create A').item.json.jobId }}" },
		{ name: 'Poll A' },
	);
	const waitForB = poll(
		stage.credentials,
		{ provider: 'kie', waiting: 'suspend', jobId: "={{ $('Create B').item.json.jobId }}" },
		{ name: 'Poll B' },
	);
	const id = await start([prompt('own', 40)], first, second, waitForA, waitForB, after());
	await client.untilExecution(id, 60_000, isWaiting);
	const [own, other] = [firstJob('own'), firstJob('other')];
	const wokenAt = Date.now();
	expect(await call(urlOf(own), JSON.stringify({ data: { taskId: other?.jobId } }))).toBe(200);
	const execution = await ended(id, 1);
	for (const name of ['Poll A', 'Poll B']) {
		expect(jsonsOf(execution, name)).toMatchObject([{ status: 'succeeded' }]);
	}
	const endedAt = Number(own?.at) + 40_000;
	expect(wokenAt).toBeLessThan(endedAt);
	const early = simulator.calls.filter(
		({ path, at }) => path.includes(String(own?.jobId)) && at > wokenAt && at < endedAt,
	);
	expect(early).toEqual([]);
}

async function lateCall(): Promise<void> {
	const wait = node('Wait', 'n8n-nodes-base.wait', { resume: 'webhook' }, { typeVersion: 1.1 });
	const { id, url } = await startSuspended('late', 20, undefined, { ...wait, webhookId: 'late' });
	await until(async () => {
		const { data, status } = await client.execution(id);
		return status === 'waiting' && data.resultData.lastNodeExecuted === 'Wait';
	});
	expect(await call(url, '{}')).toBe(404);
	expect((await client.execution(id)).status).toBe('waiting');
	await client.stopExecution(id);
}

/** A person is asked by Telegram, and answers with a click on a link in the message. */
async function lateCallToApproval(): Promise<void> {
	const messages: string[] = [];
	const telegram = createServer((request, response) => {
		let body = '';
		request.on('data', (chunk: Buffer) => (body += chunk.toString()));
		request.on('end', () => {
			messages.push(body);
			response.setHeader('content-type', 'application/json');
			response.end('{"ok":true,"result":{"message_id":1}}');
		});
	});
	await new Promise<void>((resolve) => telegram.listen(0, '127.0.0.1', resolve));
	const { port } = telegram.address() as AddressInfo;
	const baseUrl = `http://127.0.0.1:${port}`;
	const { id: credentialId } = await client.createCredential('Telegram', 'telegramApi', {
		accessToken: 'a-token',
		baseUrl,
	});
	const approval = node(
		'Approval',
		'n8n-nodes-base.telegram',
		{ operation: 'sendAndWait', chatId: '1', message: 'Publish it?' },
		{
			typeVersion: 1.2,
			webhookId: 'approval',
			credentials: { telegramApi: { id: credentialId, name: 'Telegram' } },
		},
	);
	const { id, url } = await startSuspended('approval', 20, undefined, approval, after());
	await until(async () => {
		const { data, status } = await client.execution(id);
		return status === 'waiting' && data.resultData.lastNodeExecuted === 'Approval';
	});
	const late = await call(url, JSON.stringify({ data: { taskId: firstJob('approval')?.jobId } }));
	expect(late).toBe(404);
	expect((await client.execution(id)).status).toBe('waiting');
	const [link = ''] = /http[^"\\]+approved=true[^"\\]*/.exec(messages[0] ?? '') ?? [];
	// n8n ignores programs, such as those that load a preview.
	const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
	expect((await fetch(link, { headers })).status).toBe(200);
	const execution = await client.untilExecution(id, 60_000);
	expect(execution.status).toBe('success');
	expect(execution.data.resultData.runData.After).toHaveLength(1);
	expect(jsonsOf(execution, 'After')).toMatchObject([{ data: { approved: true } }]);
	telegram.close();
}

async function forgedCalls(): Promise<void> {
	const { id, suspended, url } = await startSuspended('forged', 40, undefined, after());
	const wrong = url.replace(/signature=./, (start) => `signature=${start.endsWith('0') ? 1 : 0}`);
	for (const forged of [url.replace(/\?.*/, ''), wrong]) expect(await call(forged, '{}')).toBe(401);
	const { status, waitTill } = await client.execution(id);
	expect([status, waitTill]).toEqual(['waiting', suspended.waitTill]);
	expect(countChecks(await ended(id, 1))).toBe(1);
}

async function oddBodies(): Promise<void> {
	const { id, url } = await startSuspended('odd', 60, undefined, after());
	const large = JSON.stringify({ data: { taskId: 'x'.repeat(10 * 1024 * 1024) } });
	const seen: number[] = [];
	for (const body of [large, '{"data":', undefined]) {
		seen.push(await call(url, body));
		await until(async () => isWaiting((await client.execution(id)).status));
	}
	seen.push(await call(url, 'garbage', 'text/plain'));
	say(`10 MB, broken JSON, no body and text were answered ${seen.join(', ')}`);
	expect(countChecks(await ended(id, 1))).toBeLessThanOrEqual(6);
}

async function callsAtOnce(): Promise<void> {
	const { id, url } = await startSuspended('once', 20, 'noCall', after());
	const job = firstJob('once');
	await sleep(Math.max(0, Number(job?.at) + 20_500 - Date.now()));
	const body = JSON.stringify({ data: { taskId: job?.jobId } });
	const statuses = await Promise.all(Array.from({ length: 20 }, async () => await call(url, body)));
	expect(statuses.filter((status) => status === 200)).toHaveLength(1);
	expect(countChecks(await ended(id, 1))).toBe(1);
}

async function lostCall(): Promise<void> {
	const { id, suspended } = await startSuspended('lost', 20, 'noCall', after());
	const execution = await ended(id, 1);
	expect(Date.parse(execution.stoppedAt ?? '')).toBeGreaterThanOrEqual(
		Date.parse(suspended.waitTill ?? ''),
	);
	expect(JSON.stringify(execution.data)).toContain('no call of Kie.ai has arrived');
}

async function wokenExample(): Promise<void> {
	const file = example('woken-by-provider', {
		'Veo Create': { prompt: prompt('example', 20).prompt },
	});
	const nodes = file.nodes.map((each) =>
		isOurs(each) ? { ...each, credentials: stage.credentials } : each,
	);
	const { id: workflowId } = await client.createWorkflow({ ...file, nodes });
	const id = await client.runManually(workflowId, 'When clicking ‘Execute workflow’');
	const execution = await client.untilExecution(id, 5 * minSuspendMs);
	expect(jsonsOf(execution)).toMatchObject([{ status: 'succeeded', checks: 1 }]);
}

test('100 jobs in one execution that end within a minute', async () => {
	await manyJobs({ name: 'hundred', seconds: countUp(100, 30, 0.6) }, 300);
});

test('a call while n8n is down is lost, and the execution wakes by itself', async () => {
	const { id } = await startSuspended('down', 25, undefined, after());
	await stage.kill();
	const job = firstJob('down');
	await until(async () => simulator.callTries.some(({ jobId }) => jobId === job?.jobId));
	await sleep(40_000);
	await stage.startAgain();
	await ended(id, 1);
});
