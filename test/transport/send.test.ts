import { Readable } from 'node:stream';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { downloadVideo } from '../../nodes/transport/download/downloadVideo';
import type { Connection } from '../../nodes/transport/send';
import { open } from '../../nodes/transport/send';
import { createSecretMask } from '../../nodes/wire/secretMask';

const baseUrl = 'https://api.example.com/v1';

interface Options {
	method?: 'GET' | 'POST';
	withoutKey?: true;
	settings?: Record<string, string>;
}

/** Makes one call with helpers that record how they were called. */
async function callOf(path: string, { method = 'GET', withoutKey, settings }: Options = {}) {
	const made: Array<{ isWithKey: boolean; url: string }> = [];
	const answer = async (isWithKey: boolean, { url }: IHttpRequestOptions) => {
		made.push({ isWithKey, url });
		return { statusCode: 200, headers: {}, body: {} };
	};
	const helpers = {
		httpRequest: async (options: IHttpRequestOptions) => await answer(false, options),
		httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) =>
			await answer(true, options),
	};
	const context = { helpers } as unknown as IExecuteFunctions;
	const all = { baseUrl, ...settings };
	const connection: Connection = {
		context,
		credential: 'veoDeerApi',
		baseUrl: all.baseUrl,
		settings: all,
		keyUrls: [],
		mask: createSecretMask([]),
	};
	const opened = await open(connection, { method, path, withoutKey });
	return { made, opened };
}

test.each([
	['a path of its own', '/v1/videos/1'],
	['its own address', 'https://api.example.com/v1/videos/1'],
	['its own address in large letters', 'HTTPS://API.EXAMPLE.COM/v1/videos/1'],
	['its own address with its usual port', 'https://api.example.com:443/v1/videos/1'],
])('the key goes to %s', async (_name, path) => {
	const { made } = await callOf(path);
	expect(made).toMatchObject([{ isWithKey: true }]);
	expect(new URL(made[0]?.url ?? '').host).toBe('api.example.com');
	expect((await callOf(path, { withoutKey: true })).made).toMatchObject([{ isWithKey: false }]);
});

test.each([
	['another scheme', 'http://api.example.com/v1/videos/1'],
	['another port', 'https://api.example.com:8443/v1/videos/1'],
	['the port of another scheme', 'http://api.example.com:443/v1/videos/1'],
	['a part of its name', 'https://example.com/v1/videos/1'],
	['a name below it', 'https://files.api.example.com/1.mp4'],
	['a longer name', 'https://api.example.com.evil.example/1.mp4'],
	['its name as a user', 'https://api.example.com@evil.example/1.mp4'],
	['its name as user and password', 'https://api.example.com:443@evil.example/1.mp4'],
	['its name behind a backslash', 'https://evil.example\\@api.example.com/1.mp4'],
	['its name as a fragment', 'https://evil.example#@api.example.com/1.mp4'],
	['its name with a dot at the end', 'https://api.example.com./1.mp4'],
	['a letter that looks alike', 'https://\u0430pi.example.com/1.mp4'],
])('the key does not go to %s', async (_name, path) => {
	expect((await callOf(path)).made).toMatchObject([{ isWithKey: false }]);
});

test.each([
	'file:///etc/passwd',
	'ftp://api.example.com/1.mp4',
	'data:video/mp4;base64,AA==',
	'//evil.example/1.mp4',
])('%s is called only as a path below the base URL', async (path) => {
	const { made } = await callOf(path);
	for (const { url } of made) expect(url).toMatch(/^https:\/\/api\.example\.com\/v1/);
});

test.each([
	['another host', 'https://evil.example/v1/videos'],
	['another scheme', 'http://api.example.com/v1/videos'],
	['another port', 'https://api.example.com:8443/v1/videos'],
	['a path that would change the host', '@evil.example/v1/videos'],
	['a path that would change the name', '.evil.example/v1/videos'],
])('no job is started at %s: nothing is sent', async (_name, path) => {
	const { made, opened } = await callOf(path, { method: 'POST' });
	expect(made).toEqual([]);
	expect(opened).toMatchObject({ kind: 'notAccepted', permanent: true });
});

describe('a link to a private address', () => {
	const link = 'http://169.254.169.254/latest/meta-data';

	test('is not called if the Base URL is public', async () => {
		const { made, opened } = await callOf(link);
		expect(made).toEqual([]);
		expect(opened).toMatchObject({
			kind: 'notAccepted',
			failure: {
				message: expect.stringMatching(/private address \(169\.254\.169\.254\)/) as string,
			},
			permanent: true,
		});
	});

	test.each(['http://10.0.0.7', 'http://localhost:8080/v1', 'http://[::1]/'])(
		'is called if the Base URL is %s',
		async (ownUrl) => {
			const { made } = await callOf(link, { settings: { baseUrl: ownUrl } });
			expect(made).toEqual([{ isWithKey: false, url: link }]);
		},
	);

	test('is called at the task-data host that the credential names, and no other', async () => {
		const settings = { taskDataUrl: 'http://10.0.0.7:3000/data' };
		const own = await callOf('http://10.0.0.7:3000/source/1', { settings });
		expect(own.made).toMatchObject([{ isWithKey: false }]);
		expect((await callOf('http://10.0.0.7/source/1', { settings })).made).toEqual([]);
	});

	test('is not called if a redirect of the provider leads to it', async () => {
		const called: string[] = [];
		const redirect = async ({ url }: IHttpRequestOptions) => {
			called.push(url);
			return { statusCode: 302, headers: { location: link }, body: Readable.from([]) };
		};
		const httpRequestWithAuthentication = async (_type: string, options: IHttpRequestOptions) =>
			await redirect(options);
		const context = {
			helpers: { httpRequest: redirect, httpRequestWithAuthentication },
		} as unknown as IExecuteFunctions;
		const connection = {
			context,
			credential: 'veoDeerApi',
			baseUrl,
			settings: { baseUrl },
			keyUrls: [],
			mask: createSecretMask([]),
		};
		const sources = [
			{ method: 'GET', path: '/v1/videos/1/content' },
			{ method: 'GET', path: 'https://cdn.example.com/1.mp4' },
		] as const;
		const download = await downloadVideo(connection, {
			sources,
			fileName: '1.mp4',
			leftMs: () => Infinity,
		});
		expect(download).toMatchObject({
			failure: { message: expect.stringMatching(/leads to a private address/) as string },
			isTransient: false,
		});
		expect(called).toEqual([
			'https://api.example.com/v1/videos/1/content',
			'https://cdn.example.com/1.mp4',
		]);
	});
});
