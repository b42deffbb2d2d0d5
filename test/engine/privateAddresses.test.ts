import './ssrfProtection';
import { fastClock } from './fastTime';
import { hostname } from 'node:os';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { videoBytes } from '../../workbench/simulator/files';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import { credentialsWith, itemsOf, jobsOf, mediaOf, pollNode, runNodes } from './workflow';

const name = 'Veo Poll Until Done';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));
let host: OwnHost;
/** What the machine's own addresses were asked for. Nothing of it may ever be reached. */
const reached: string[] = [];

beforeAll(async () => {
	host = await startOwnHost();
});
afterEach(() => {
	reached.length = 0;
});
afterAll(async () => {
	await host.close();
});

/** Polls a finished job whose video is at `link`, or where `link` leads to. */
async function fetchFrom(link: (port: string) => string, redirect?: (port: string) => string) {
	const { port } = new URL(host.baseUrl);
	host.answer(({ url = '', headers }, response) => {
		const isOurs = headers.host?.startsWith('localhost') === true;
		if (!isOurs || url.startsWith('/private')) {
			reached.push(`${headers.host}${url} ${headers.authorization ?? ''}`);
			response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
		} else if (url.startsWith('/file')) {
			if (redirect === undefined) {
				response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
			} else response.writeHead(302, { location: redirect(port) }).end();
		} else if (url.endsWith('/content')) sendJson(response, 404, {});
		else sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: link(port) });
	});
	return await runNodes(
		simulator,
		[pollNode('deepWl', {}, { onError: 'continueRegularOutput' })],
		[{ jobId: 'job-1' }],
		{
			// By its name it is allowed, as a provider in the operator's own network would be.
			credentials: credentialsWith(simulator, 'deepWl', { baseUrl: `http://localhost:${port}` }),
		},
	);
}

const ourFile = (port: string) => `http://localhost:${port}/file.mp4`;

const addresses: Array<[string, (port: string) => string]> = [
	['the machine itself', (port) => `http://127.0.0.1:${port}/private`],
	['the machine itself, as number', (port) => `http://2130706433:${port}/private`],
	['the machine itself, in hex', (port) => `http://0x7f000001:${port}/private`],
	['the machine itself, in octal', (port) => `http://0177.0.0.1:${port}/private`],
	['the machine itself, shortened', (port) => `http://127.1:${port}/private`],
	['the machine itself, in IPv6', (port) => `http://[::1]:${port}/private`],
	['the machine itself, IPv4 in IPv6', (port) => `http://[::ffff:127.0.0.1]:${port}/private`],
	['any address', (port) => `http://0.0.0.0:${port}/private`],
	['the metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
	['a private network', () => 'http://10.0.0.1/private'],
	['another private network', () => 'http://192.168.1.1/private'],
	['a private network in IPv6', () => 'http://[fd00::1]/private'],
	['a name of the machine', (port) => `http://${hostname()}:${port}/private`],
];

describe('with the protection of n8n, no link leads to', () => {
	test.each(addresses)('%s', async (_name, link) => {
		const run = await fetchFrom(link);
		expect(reached).toEqual([]);
		expect(itemsOf(run, name)[0]?.binary).toBeUndefined();
		expect(jobsOf(run, name)).toMatchObject([
			{
				status: 'succeeded',
				videoUrl: expect.any(String) as string,
				failure: { code: 'download_failed' },
			},
		]);
	});

	test.each(addresses)('%s, not by a redirect either', async (_name, link) => {
		const run = await fetchFrom(ourFile, link);
		expect(reached).toEqual([]);
		expect(itemsOf(run, name)[0]?.binary).toBeUndefined();
	});
});

test('what is allowed by its name is fetched', async () => {
	const run = await fetchFrom(ourFile);
	expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
});

test('a provider at a private address that is not allowed is refused in words', async () => {
	const run = await runNodes(
		simulator,
		[pollNode('deepWl', {}, { onError: 'continueRegularOutput' })],
		[{ jobId: 'job-1' }],
		{
			credentials: credentialsWith(simulator, 'deepWl', { baseUrl: host.baseUrl }),
		},
	);
	expect(jobsOf(run, name)).toMatchObject([
		{
			failure: {
				message: expect.stringMatching(/DeepWL cannot be reached.*restricted IP address/) as string,
			},
		},
	]);
});
