import type { IDataObject, IExecuteFunctions, INode } from 'n8n-workflow';
import { createAddWakeUrl } from '../../nodes/create/wakeByCallback';
import { listExpectedCallbacks } from '../../nodes/execution/wake';
import { providerNames, providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import type { ProviderConnection } from '../../nodes/fields/connection';
import type { Call } from '../../nodes/wire/call';

const token = 'f'.repeat(64);
const signedUrl = `https://n8n.example.com/webhook-waiting/7?signature=${token}`;

interface Around {
	provider?: ProviderName;
	resumeUrl?: string;
	baseUrl?: string;
	options?: IDataObject;
	node?: Partial<INode>;
	call?: Partial<Call>;
}

/** Adds the URL to creates of two items, and says what became of the first and which hints there are. */
function add(around: Around = {}) {
	const { provider = 'kie', resumeUrl = signedUrl, baseUrl = 'https://api.kie.ai' } = around;
	const hints: string[] = [];
	const flow = {};
	const context = {
		addExecutionHints: ({ message }: { message: string }) => hints.push(message),
		getContext: () => flow,
		getExecutionId: () => '7',
		getNode: () => ({ type: 'n8n-nodes-veo.veoCreate', ...around.node }),
		getNodeParameter: () => around.options ?? { wakeByCallback: true },
		getWorkflowDataProxy: () => ({ $execution: { resumeUrl } }),
	} as unknown as IExecuteFunctions;
	const connection = { provider: providers[provider], baseUrl } as unknown as ProviderConnection;
	const addWakeUrl = createAddWakeUrl(context);
	const sent: Call = { method: 'POST', path: '/create', json: { prompt: 'A cat' }, ...around.call };
	const [first] = [0, 1].map((itemIndex) => {
		const waking = addWakeUrl(itemIndex, sent, providers[provider].create, connection);
		waking.noteJob(`job-${itemIndex}`);
		return waking.call;
	});
	return { call: first, sent, hints, expected: [...listExpectedCallbacks(context)] };
}

const wakeUrl = `https://n8n.example.com/webhook-waiting/7/veo-wake?signature=${token}`;

test.each<[ProviderName, Partial<Call>]>([
	['apimp', { json: { prompt: 'A cat', callback_url: wakeUrl } }],
	['fal', { query: { fal_webhook: wakeUrl } }],
	['kie', { json: { prompt: 'A cat', callBackUrl: wakeUrl } }],
	[
		'replicate',
		{ json: { prompt: 'A cat', webhook: wakeUrl, webhook_events_filter: ['completed'] } },
	],
])('%s gets the URL, and its calls are expected', (provider, changed) => {
	const { call, sent, hints, expected } = add({ provider });
	expect(call).toEqual({ ...sent, ...changed });
	expect(hints).toEqual([]);
	expect(expected).toEqual(['job-0', 'job-1']);
});

const local = (host: string) => signedUrl.replace('https://n8n.example.com', host);

test.each<[string, Around, RegExp | undefined]>([
	['the option is off', { options: {} }, undefined],
	['the provider calls nothing', { provider: 'deepWl' }, undefined],
	[
		'n8n does not sign its URLs',
		{ resumeUrl: 'https://n8n.example.com/webhook-waiting/7' },
		/2\.14/,
	],
	['an AI agent calls the node', { node: { type: 'n8n-nodes-veo.veoCreateTool' } }, /AI agent/],
	['the user has an address of his own', { call: { json: { callBackUrl: 'mine' } } }, /its own/],
	['n8n is known as localhost', { resumeUrl: local('http://localhost:5678') }, /WEBHOOK_URL/],
	['n8n is known as 127.0.0.1', { resumeUrl: local('http://127.0.0.1:5678') }, /WEBHOOK_URL/],
	['n8n is known as ::1', { resumeUrl: local('http://[::1]:5678') }, /WEBHOOK_URL/],
	[
		'Replicate is to call without TLS',
		{ provider: 'replicate', resumeUrl: local('http://n8n.example.com') },
		/https/,
	],
])('without the URL where %s', (_name, around, hint) => {
	const { call, sent, hints, expected } = add(around);
	expect(call).toBe(sent);
	expect(expected).toEqual([]);
	expect(hints).toEqual(hint === undefined ? [] : [expect.stringMatching(hint)]);
	expect(hints.join()).not.toContain(token);
});

test.each<[string, Around, boolean]>([
	['a private address, and the provider is elsewhere', {}, true],
	['a private address in the network of the provider', { baseUrl: 'http://10.0.0.9' }, false],
])('%s: the URL is sent', (_name, around, hasHint) => {
	const { call, sent, hints } = add({ ...around, resumeUrl: local('http://192.168.1.5:5678') });
	expect(call).not.toEqual(sent);
	expect(hints).toHaveLength(hasHint ? 1 : 0);
});

test('n8n and a provider on one machine', () => {
	const around = { resumeUrl: local('http://127.0.0.1:5678'), baseUrl: 'http://localhost:8080' };
	expect(add(around).hints).toEqual([]);
});

test('every operation with a Callback URL says where it goes', () => {
	for (const name of providerNames) {
		const { create, createExtended, extend, retryExtension }: Provider = providers[name];
		for (const operation of [create, createExtended, extend, retryExtension]) {
			const hasOption = 'callbackUrl' in (operation?.options ?? {});
			expect([name, operation?.callback !== undefined]).toEqual([name, hasOption]);
		}
	}
});
