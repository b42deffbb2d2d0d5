import './ssrfProtection';
import { continueRegular, execute, expectVideos, withCredential } from './scene';
import { hostname } from 'node:os';
import { videoBytes } from '../../workbench/simulator/files';
import { sendJson, useOwnHost } from './ownHost';
import { pollNode } from './workflow';

/* With the protection of n8n. Without it, and each form of an address: test/transport/privateHost.test.ts. */

const host = useOwnHost();
/** What was asked of the machine by another address than the allowed name. Nothing may be reached. */
const reached: string[] = [];
afterEach(() => {
	reached.length = 0;
});

const ownUrl = () => `http://localhost:${new URL(host.baseUrl).port}`;
const poll = async (baseUrl: string) =>
	await execute(
		pollNode('deepWl', {}, continueRegular),
		[{ jobId: 'job-1' }],
		withCredential('deepWl', { baseUrl }),
	);

/** Polls a finished job whose video is at a link, or where that leads to. */
async function fetchFrom(link: string, location?: string) {
	host.answer(({ url = '', headers }, response) => {
		const sendVideo = () =>
			response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
		if (headers.host?.startsWith('localhost') !== true || url.startsWith('/private')) {
			reached.push(`${headers.host}${url} ${headers.authorization ?? ''}`);
			sendVideo();
		} else if (url.startsWith('/file')) {
			if (location === undefined) sendVideo();
			else response.writeHead(302, { location }).end();
		} else if (url.endsWith('/content')) sendJson(response, 404, {});
		else sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: link });
	});
	// By its name it is allowed, as a provider in the operator's own network would be.
	return await poll(ownUrl());
}

test.each([
	['the machine itself', '127.0.0.1:PORT'],
	['the machine itself, IPv4 in IPv6', '[::ffff:127.0.0.1]:PORT'],
	['the metadata of a cloud', '169.254.169.254'],
	['a name of the machine', `${hostname()}:PORT`],
])('no link and no redirect leads to %s', async (_name, address) => {
	const link = `http://${address.replace('PORT', new URL(host.baseUrl).port)}/private`;
	const { items, jobs } = await fetchFrom(link);
	const failure = { code: 'download_failed' };
	expect(jobs).toMatchObject([{ status: 'succeeded', videoUrl: link, failure }]);
	const redirected = await fetchFrom(`${ownUrl()}/file.mp4`, link);
	expect(redirected.jobs).toMatchObject([{ failure }]);
	for (const { binary } of [...items, ...redirected.items]) expect(binary).toBeUndefined();
	expect(reached).toEqual([]);
});

test('what is allowed by its name is fetched', async () => {
	await expectVideos((await fetchFrom(`${ownUrl()}/file.mp4`)).items);
});

test('a provider at a private address that is not allowed is refused in words', async () => {
	const says = /DeepWL cannot be reached.*restricted IP address/;
	const message = expect.stringMatching(says) as string;
	expect((await poll(host.baseUrl)).jobs).toMatchObject([{ failure: { message } }]);
});
