import type { ICredentialType, IDataObject, INodeProperties } from 'n8n-workflow';
import { Expression } from 'n8n-workflow';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { providers } from '../../nodes/providers';
import { builtCredentials } from './built';
import * as contract from './contract';
import { root } from './tree';
import { problemsIn, wordsOf } from './words';

// As the gateways' own pages give them. The others give no address, or are any gateway's.
const documentedBaseUrls: Record<string, string> = {
	veoDeerApi: 'https://api.deerapi.com',
	veoDeepWlApi: 'https://zx1.deepwl.net',
	veoEronmindApi: 'https://newapi.eronmind.com',
};

const credentials = builtCredentials();

test('there is one credential per gateway, by the name that saved workflows hold', () => {
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

	test('the base URL is asked for, and filled in where the gateway documents it', () => {
		expect(fieldNamed(instance, 'baseUrl')).toMatchObject({
			type: 'string',
			required: true,
			default: documentedBaseUrls[instance.name] ?? '',
		});
	});

	test('the key travels in the Authorization header, and nowhere else', () => {
		const { authenticate, test: check, preAuthentication } = instance;
		expect(authenticate).toEqual({
			type: 'generic',
			properties: { headers: { Authorization: expect.stringContaining('$credentials.apiKey') } },
		});
		expect(JSON.stringify(check)).not.toContain('apiKey');
		expect(preAuthentication).toBeUndefined();
		expect(headerFor(instance, { apiKey: ' sk-one \n' })).toBe('Bearer sk-one');
	});

	test('its test is a free call to the gateway itself', () => {
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

	test('its test tells a wrong key from a wrong host', () => {
		const rules = instance.test?.rules ?? [];
		const messages = new Map(
			rules.flatMap((rule) =>
				rule.type === 'responseCode' ? [[rule.properties.value, rule.properties.message]] : [],
			),
		);
		expect(messages.get(401)).toMatch(/key/i);
		expect(messages.get(403)).toBe(messages.get(401));
		expect(messages.get(404)).toMatch(/Base URL/);
		expect(messages.get(404)).not.toMatch(/key/i);
		for (const code of [200, 400, 429]) expect(messages.has(code)).toBe(false);
		// A website answers with a page, another service with something else, and both with HTTP 200.
		const page = rules.filter((rule) => rule.type === 'responseSuccessBody');
		expect(page.map(({ properties: { key, value } }) => [key, value])).toEqual([
			['0', '<'],
			['data', undefined],
			['data', null],
		]);
		expect(page[0]?.properties.message).toMatch(/website.*Base URL/);
	});
});

test('the chat gateway gets its key alone where its user says so', () => {
	const eronmind = credentials.find(({ instance }) => instance.name === 'veoEronmindApi');
	if (eronmind === undefined) throw new Error('There is no credential veoEronmindApi');
	expect(headerFor(eronmind.instance, { apiKey: 'sk-one', keyFormat: 'raw' })).toBe('sk-one');
});

function fieldNamed({ properties }: ICredentialType, name: string): INodeProperties | undefined {
	return properties.find((property) => property.name === name);
}

function headerFor({ authenticate, properties }: ICredentialType, filledIn: IDataObject): unknown {
	if (typeof authenticate !== 'object') return undefined;
	const defaults = Object.fromEntries(properties.map((each) => [each.name, each.default]));
	const { Authorization: header } = authenticate.properties.headers ?? {};
	return resolved(header, { ...defaults, ...filledIn });
}

/** What n8n makes of an expression in a credential. */
function resolved(expression: unknown, filledIn: object): unknown {
	return Expression.resolveWithoutWorkflow(String(expression).replace(/^=/, ''), {
		$credentials: filledIn as IDataObject,
	});
}
