import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProviderName } from '../../nodes/providers';
import { providers } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';
import { judge } from '../../workbench/verify/judge';
import { toFile } from '../../workbench/verify/leaks';
import type { Recording } from '../../workbench/verify/recorder';
import { verify } from '../../workbench/verify/verify';
import { useSimulator } from '../useSimulator';

let waited = 0;
beforeEach(() => (waited = 0));
let simulator: Simulator;
useSimulator({ now: () => Date.now() + waited }, (started) => (simulator = started));

const credentialFor = (provider: ProviderName) =>
	simulatorCredentials(simulator)[providers[provider].credential] ?? {};

async function run(provider: ProviderName, values = {}, wait = async () => true) {
	const said: string[] = [];
	const verified = await verify({
		provider,
		values: { ...credentialFor(provider), ...values },
		confirm: async () => true,
		say: (text) => said.push(text),
		wait: async (milliseconds) => {
			waited += milliseconds;
			return await wait();
		},
	});
	const odd = judge(verified.recording).rows.filter(({ seen }) => seen === 'otherwise');
	return { ...verified, said, odd: odd.map(({ fact, what }) => `${fact}: ${what}`) };
}

describe('no job is sent', () => {
	afterEach(() => expect(simulator.ledger).toEqual([]));

	test('with a key that is refused with HTTP 200', async () => {
		const text = '{"code":401,"msg":"no"}';
		simulator.failNext({ kind: 'text', text, provider: 'kie', route: 'balance', times: 2 });
		expect((await run('kie')).odd).toEqual([
			expect.stringMatching(/^route keyTest: HTTP 200, Kie.ai rejected the API key/),
			expect.stringMatching(/^run: The key was not accepted, and no job was sent/),
		]);
	});

	test('to a host that does not answer', async () => {
		const { odd } = await run('deerApi', { baseUrl: 'http://127.0.0.1:9' });
		expect(odd).toContain('route keyTest: no answer');
	});

	test('to an address that redirects', async () => {
		simulator.failNext({ kind: 'redirect', provider: 'deerApi', route: 'models', times: 3 });
		expect((await run('deerApi')).odd).toContain('route keyTest: HTTP 302');
	});

	test('with a character that no header may have, which is not shown with the key', async () => {
		const { said, recording, secrets } = await run('fal', {
			apiKey: 'secret-1234\u0000-secret-5678',
		});
		expect(said.join()).toContain('not accepted');
		expect(said.join() + toFile(recording, secrets)).not.toMatch(/secret-(?:1234|5678)/);
	});
});

test('a key that was pasted with a zero-width space works, as in n8n', async () => {
	const { apiKey = '' } = credentialFor('fal');
	expect((await run('fal', { apiKey: `${apiKey}\u200b` })).odd).toEqual([]);
});

test('a rate limit of a minute does not lose the job', async () => {
	simulator.failNext({
		kind: 'status',
		httpStatus: 429,
		provider: 'fal',
		route: 'status',
		times: 8,
	});
	expect((await run('fal')).odd).toEqual([
		'error unknownJob 404 detail: 429 detail, 429 error_type',
	]);
	expect(simulator.ledger).toHaveLength(1);
});

test('the job is named before the first check, and a stop keeps the recording', async () => {
	const { said, odd } = await run('fal', {}, async () => false);
	expect(said[0]).toMatch(/^Job fal-ai\/.* was started$/);
	expect(odd).toEqual([expect.stringMatching(/^run: Job .*: it may still be running/)]);
});

test.each([
	['as it is', (key: string) => `bad key ${key}`],
	['in a query', (key: string) => `see https://example.com/?key=${encodeURIComponent(key)}&x=1`],
	['in base64', (key: string) => `Basic ${Buffer.from(`user ${key}`).toString('base64')}`],
	['its second half', (key: string) => `…${key.split(':')[1]}`],
])('a provider that returns the key, %s: the report does not have it', async (_form, echo) => {
	const { apiKey = '' } = credentialFor('fal');
	const text = JSON.stringify({ detail: echo(apiKey) });
	simulator.failNext({ kind: 'text', provider: 'fal', route: 'status', text, times: 2 });
	const { recording, secrets } = await run('fal');
	expect(toFile(recording, secrets)).not.toContain(apiKey.split(':')[1]);
});

describe('npm run verify', () => {
	const main = path.join(__dirname, '../../workbench/verify/main.ts');
	const start = (folder: string, words: readonly string[], variables = {}) => {
		const child = spawn(process.execPath, ['--import', require.resolve('tsx'), main, ...words], {
			cwd: folder,
			env: { PATH: process.env.PATH, ...variables },
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		const seen = { text: '' };
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
		return { child, seen, exit: once(child, 'close') };
	};
	const makeFolder = () =>
		mkdtempSync(path.join(process.env.VEO_TEMPORARY_FOLDER ?? tmpdir(), 'verify-'));

	test('without a key nothing is tried', async () => {
		const folder = makeFolder();
		const { seen, exit } = start(folder, ['--provider', 'fal']);
		expect((await exit)[0]).toBe(1);
		expect(seen.text).toContain('No key is set. Put it into VEO_API_KEY');
		expect(readdirSync(folder)).toEqual([]);
	});

	test('without a terminal no job is sent, and a report that is there stays', async () => {
		const folder = makeFolder();
		const report = path.join(folder, 'verify-fal-simulator.json');
		writeFileSync(report, 'kept');
		const { seen, exit } = start(folder, ['--provider', 'fal', '--spend', '--simulator']);
		expect((await exit)[0]).toBe(0);
		expect(seen.text).toContain('no job was sent');
		expect(seen.text).toMatch(/^route create +documented +not seen$/m);
		expect(readFileSync(report, 'utf8')).toBe('kept');
		expect(readdirSync(folder)).toContain('verify-fal-simulator-2.json');
	});

	// Windows ends a process at once.
	const onUnix = process.platform === 'win32' ? test.skip : test;
	onUnix('after Ctrl-C the report has what was seen', async () => {
		const folder = makeFolder();
		const { baseUrl = '', apiKey } = credentialFor('deerApi');
		const { child, seen, exit } = start(
			folder,
			['--provider', 'deerApi', '--base-url', baseUrl, '--spend', '--yes'],
			{ VEO_API_KEY: apiKey },
		);
		while (!seen.text.includes('was started')) await once(child.stdout, 'data');
		child.kill('SIGINT');
		expect((await exit)[0]).toBe(1);
		expect(seen.text).toContain('it may still be running');
		const [name = ''] = readdirSync(folder);
		expect(name).toMatch(/^verify-deerApi-\d{4}-\d\d-\d\d\.json$/);
		const recording = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Recording;
		expect(recording.exchanges.map(({ step }) => step)).toContain('create');
	});

	// A folder in which no user can make a file.
	const onLinux = process.platform === 'linux' ? test : test.skip;
	onLinux('where no report can be written, nothing is tried', async () => {
		const { baseUrl = '', apiKey } = credentialFor('deerApi');
		const words = ['--provider', 'deerApi', '--base-url', baseUrl, '--spend', '--yes'];
		const { seen, exit } = start('/proc', words, { VEO_API_KEY: apiKey });
		expect((await exit)[0]).toBe(1);
		expect(seen.text).toContain('ENOENT');
		expect(simulator.calls).toEqual([]);
	});
});
