import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { Expression } from 'n8n-workflow';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { providers } from '../../nodes/providers';
import { testKey } from '../../workbench/engine/keyTest';
import { useOwnHost } from '../engine/ownHost';
import { builtCredentials } from './built';
import * as contract from './contract';
import { root } from './tree';
import { problemsIn, wordsOf } from './words';

const credentials = builtCredentials();

test('there is one credential per host, by the name that saved workflows hold', () => {
	const names = credentials.map(({ instance }) => instance.name);
	expect([...names].sort()).toEqual(
		[...new Set(Object.values(providers).map(({ credential }) => credential))].sort(),
	);
	for (const [provider, { name, fields }] of Object.entries(contract.credentials)) {
		expect(providers).toHaveProperty(provider, expect.objectContaining({ credential: name }));
		const credential = credentials.find(({ instance }) => instance.name === name)?.instance;
		const actual = (credential?.properties ?? []).map(
			(property) => `${property.name}: ${property.type}`,
		);
		expect(actual).toEqual(expect.arrayContaining(fields));
	}
});

describe.each(credentials)('$className', ({ className, path, instance }) => {
	test('what n8n shows of it', () => {
		// The names are global in n8n, across all packages.
		expect(instance.name).toMatch(/^veo[A-Z]\w*Api$/);
		expect(instance.name).toBe(className.charAt(0).toLowerCase() + className.slice(1));
		expect(instance.displayName).toMatch(/^Veo .+ API$/);
		expect(instance.documentationUrl).toMatch(/^https:\/\/[\w.-]+\/\S+$/);
		expect(problemsIn(wordsOf(instance.properties))).toEqual([]);
		const { icon } = instance;
		if (typeof icon !== 'object') throw new Error('The credential has no icon for each theme');
		for (const file of [icon.light, icon.dark]) {
			expect(existsSync(join(root, dirname(path), file.replace('file:', '')))).toBe(true);
		}
	});

	test('the key is asked for, and hidden', () => {
		expect(fieldNamed(instance, 'apiKey')).toMatchObject({
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
		});
	});

	test('the base URL is asked for, and filled in where the provider documents it', () => {
		expect(fieldNamed(instance, 'baseUrl')).toMatchObject({
			type: 'string',
			required: true,
			default: contract.baseUrls[instance.name] ?? '',
		});
	});

	test('the key travels in the Authorization header, and nowhere else', async () => {
		const { test: check, preAuthentication } = instance;
		const request = {
			url: 'https://a.test/v1/videos',
			headers: { Accept: '*/*' },
			timeout: 300_000,
		};
		expect(await sentBy(instance, { apiKey: ' sk-one \n' }, request)).toEqual({
			...request,
			headers: { Accept: '*/*', Authorization: 'Bearer sk-one' },
		});
		expect(JSON.stringify(check)).not.toContain('apiKey');
		expect(preAuthentication).toBeUndefined();
	});

	test('its test is a free call to the provider itself', () => {
		const { request } = instance.test ?? {};
		// A redirect would take the key along.
		expect(request).toEqual({
			baseURL: expect.any(String),
			url: '/v1/models',
			disableFollowRedirect: true,
		});
		for (const typed of [
			'https://a.test',
			'https://a.test/',
			' https://a.test/v1 ',
			'https://a.test/v1/',
		]) {
			expect(resolved(request?.baseURL, { baseUrl: typed })).toBe('https://a.test');
		}
	});

	test.each([
		['http://me:pa55@a.test', /contains a user name/],
		['https://a.test/v1?tenant=1', /contains a query/],
		['https://a.test/#v1', /contains a fragment/],
		['a.test', /is not an address/],
	])('its test refuses the Base URL %s before anything is sent', async (baseUrl, says) => {
		const { status, message } = await testKey(instance.name, { apiKey: 'sk-one', baseUrl });
		expect(status).toBe('Error');
		expect(message).toMatch(says);
		expect(message).not.toContain('pa55');
	});

	test('what the fields of an address must not contain is said at them', () => {
		for (const { name, description } of instance.properties) {
			if (name.endsWith('Url')) expect(description).toMatch(/without user name, query .*fragment/);
		}
	});
});

describe('the test of a credential', () => {
	const host = useOwnHost();

	const page = '<!DOCTYPE html><title>Attention Required!</title>';
	const answers: Array<[name: string, status: number, body: unknown, says: RegExp]> = [
		['a list of models', 200, { data: [{ id: 'veo' }] }, /successful/],
		['a refusal', 401, { error: 'no' }, /DeerAPI rejected the API key/],
		['a refusal with HTTP 200', 200, { code: 401, message: 'no' }, /rejected the API key/],
		['the same as text', 200, { code: '403', message: 'no' }, /rejected the API key/],
		['no success with HTTP 200', 200, { success: false }, /Check the API key, then/],
		['the page of a firewall', 403, page, /DeerAPI or its firewall rejected the request/],
		['a JSON with HTTP 403', 403, { error: 'no' }, /rejected the request.*Check the API key/],
		['a website', 200, page, /website.*Base URL/],
		['another service', 200, { hello: 'world' }, /is not the API of DeerAPI.*Base URL/],
		['nothing at this path', 404, { error: 'no' }, /is not the API of DeerAPI.*Base URL/],
		['a provider that is down', 503, page, /temporarily unavailable \(HTTP 503\)/],
	];

	test.each(answers)('%s', async (_name, status, body, says) => {
		const isPage = typeof body === 'string';
		host.answer((_request, response) => {
			response.writeHead(status, { 'content-type': isPage ? 'text/html' : 'application/json' });
			response.end(isPage ? body : JSON.stringify(body));
		});
		const data = { apiKey: 'sk-one', baseUrl: host.baseUrl };
		const { status: outcome, message } = await testKey('veoDeerApi', data);
		expect(message).toMatch(says);
		expect(message).not.toMatch(status === 401 || status === 403 ? /Base URL/ : /^$/);
		expect(outcome).toBe(status === 200 && /successful/.test(message) ? 'OK' : 'Error');
	});

	test('ends where nothing answers: n8n would wait for 300 seconds', async () => {
		host.answer(() => undefined);
		const startedAt = performance.now();
		const data = { apiKey: 'sk-one', baseUrl: host.baseUrl };
		const { message } = await testKey('veoDeerApi', data);
		expect(message).toBe('ECONNABORTED');
		expect(performance.now() - startedAt).toBeLessThan(60_000);
		const baseUrl = credentials[0]?.instance.properties.find(({ name }) => name === 'baseUrl');
		expect(baseUrl?.description).toMatch(
			/ECONNABORTED means that the provider did not answer in time/,
		);
	}, 90_000);
});

test('the chat provider gets its key alone where its user says so', async () => {
	const eronmind = credentials.find(({ instance }) => instance.name === 'veoEronmindApi');
	if (eronmind === undefined) throw new Error('There is no credential veoEronmindApi');
	const filledIn = { apiKey: 'sk-one', keyFormat: 'raw' };
	const { headers } = await sentBy(eronmind.instance, filledIn, { url: 'https://a.test/' });
	expect(headers).toEqual({ Authorization: 'sk-one' });
});

function fieldNamed({ properties }: ICredentialType, name: string): INodeProperties | undefined {
	return properties.find((property) => property.name === name);
}

/** A request as n8n sends it with the credential. */
async function sentBy(
	{ authenticate, properties }: ICredentialType,
	filledIn: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): Promise<IHttpRequestOptions> {
	if (typeof authenticate !== 'function') throw new Error('The credential adds no key');
	const defaults = Object.fromEntries(properties.map((each) => [each.name, each.default]));
	const values = { ...defaults, ...filledIn } as ICredentialDataDecryptedObject;
	return await authenticate(values, request);
}

/** What n8n makes of an expression in a credential. */
function resolved(expression: unknown, filledIn: object): unknown {
	return Expression.resolveWithoutWorkflow(String(expression).replace(/^=/, ''), {
		$credentials: filledIn as IDataObject,
	});
}
