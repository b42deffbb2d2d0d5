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
import { sendJson, useOwnHost } from '../engine/ownHost';
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

	test('the key is required, and hidden', () => {
		expect(fieldNamed(instance, 'apiKey')).toMatchObject({
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
		});
	});

	test('the base URL is required, and filled in where the provider documents it', () => {
		expect(fieldNamed(instance, 'baseUrl')).toMatchObject({
			type: 'string',
			// An empty one is filled in by the node.
			required: contract.baseUrls[instance.name] !== '',
			default: contract.baseUrls[instance.name] ?? '',
		});
	});

	test('the key travels in one header, and nowhere else', async () => {
		const { test: check, preAuthentication } = instance;
		const request = {
			url: 'https://a.test/v1/videos',
			headers: { Accept: '*/*' },
			timeout: 300_000,
		};
		const bearer = { header: 'Authorization', word: 'Bearer ', filledIn: {} };
		const { header, word = '', filledIn } = contract.keys[instance.name] ?? bearer;
		const sent = await sentBy(instance, { apiKey: ' sk-one \n', ...filledIn }, request);
		const own = { [header]: `${word}sk-one` };
		expect(sent).toEqual({ ...request, headers: { Accept: '*/*', ...own } });
		expect(JSON.stringify(check)).not.toContain('apiKey');
		expect(preAuthentication).toBeUndefined();
	});

	test('its test is a free call to the provider itself', () => {
		const { request } = instance.test ?? {};
		// A redirect would take the key along.
		expect(request).toEqual({
			baseURL: expect.any(String),
			...contract.keyTests[instance.name],
			disableFollowRedirect: true,
		});
		for (const typed of [
			'https://a.test',
			'https://a.test/',
			' https://a.test/v1 ',
			'https://a.test/v1/',
		]) {
			const addresses = instance.properties.map(({ name }) => [name, typed]);
			expect(resolved(request?.baseURL, Object.fromEntries(addresses))).toBe('https://a.test');
		}
		// The key goes to no host that the credential does not name.
		expect(resolved(request?.baseURL, { baseUrl: 'https://a.test' })).toBe('https://a.test');
	});

	test.each([
		['http://me:pa55@a.test', /contains a user name/],
		['https://a.test/v1?tenant=1', /contains a query/],
		['https://a.test/#v1', /contains a fragment/],
		['a.test', /is not an address/],
	])('its test refuses the Base URL %s before anything is sent', async (baseUrl, says) => {
		const { filledIn } = contract.keys[instance.name] ?? {};
		const data = { apiKey: 'sk-one', baseUrl, ...filledIn };
		const { status, message } = await testKey(instance.name, data);
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

	// The other answers: test/faults/key.test.ts.
	test.each([
		['a list of models', { data: [{ id: 'veo' }] }, 'OK', /successful/],
		['a refusal', { code: 401, message: 'no' }, 'Error', /DeerAPI rejected the API key/],
		['the same as text', { code: '403', message: 'no' }, 'Error', /rejected the API key/],
		['no success', { success: false }, 'Error', /Check the API key, then/],
		['another service', { hello: 'world' }, 'Error', /is not the API of DeerAPI.*Base URL/],
	])('%s, with HTTP 200', async (_name, body, outcome, says) => {
		host.answer((_request, response) => sendJson(response, 200, body));
		const data = { apiKey: 'sk-one', baseUrl: host.baseUrl };
		const { status, message } = await testKey('veoDeerApi', data);
		expect(message).toMatch(says);
		expect(status).toBe(outcome);
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

test('the chat provider gets the key without the word Bearer where the credential says so', async () => {
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
