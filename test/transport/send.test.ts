import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { providerNamed } from '../../nodes/providers';
import type { Gateway } from '../../nodes/transport/send';
import { open } from '../../nodes/transport/send';

const baseUrl = 'https://api.example.com/v1';

/** Makes one call with helpers that only note how they were called. */
async function callOf(path: string, withoutKey = false) {
	const made: Array<{ isWithKey: boolean; url: string }> = [];
	const answer = async (isWithKey: boolean, { url }: IHttpRequestOptions) => {
		made.push({ isWithKey, url });
		return { statusCode: 200, headers: {}, body: {} };
	};
	const provider = providerNamed('deerApi');
	if (provider === undefined) throw new Error('There is no such provider');
	const helpers = {
		httpRequest: async (options: IHttpRequestOptions) => await answer(false, options),
		httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) =>
			await answer(true, options),
	};
	const context = { helpers } as unknown as IExecuteFunctions;
	const gateway: Gateway = { context, provider, baseUrl, settings: { baseUrl }, secret: 'sk' };
	const opened = await open(gateway, { method: 'GET', path }, { withoutKey });
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
	expect((await callOf(path, true)).made).toMatchObject([{ isWithKey: false }]);
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
])('%s is no address that is called, except below the base URL', async (path) => {
	const { made } = await callOf(path);
	for (const { url } of made) expect(url).toMatch(/^https:\/\/api\.example\.com\/v1/);
});
