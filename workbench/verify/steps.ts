import type { ICredentialTestRequest, INode } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';
import { openAiModels, isVeoModel } from '../../nodes/providers/dialects/models';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed, providers } from '../../nodes/providers';
import type { OperationInput, OptionFields, Provider } from '../../nodes/providers/provider';
import type { Answer, Call, Reading, Settings } from '../../nodes/wire/call';
import { credentialTypes, nodeTypes } from '../engine/nodeTypes';
import { facts } from './facts';
import type { Step } from './recorder';

export const verifyPrompt = 'A paper boat drifts down a rainy street';

/** The one job of the paid part, and of its replay. */
export function toInput(name: ProviderName, model?: string): OperationInput<OptionFields> {
	const { options = {}, cheapest = providers[name].create.models[0]?.id ?? '' } = facts[name];
	return {
		...{ model: model || cheapest, prompt: verifyPrompt, promptExtend: '', sourceId: '' },
		...{ imageMode: 'none', images: [], aspectRatio: '16:9', options },
	};
}

/** The list of models as the nodes read it. Undefined where the provider has none. */
export const modelsOf = ({ listsModels, models }: Provider) =>
	listsModels === false ? undefined : (models ?? openAiModels(isVeoModel));

/** What the mapping reads in the answer of a step: in the run, and again in its recording. */
export function readStep(
	step: Step,
	name: ProviderName,
	model: string,
	answer: Answer,
): Reading<unknown> {
	const provider = providerNamed(name) as Provider;
	switch (step) {
		case 'keyTest':
		case 'wrongKey':
			return readKeyTest(provider, answer);
		case 'models':
			return modelsOf(provider)?.read(answer) ?? nothing;
		case 'create':
			return provider.create.read(answer, toInput(name, model));
		case 'download':
			return nothing;
		default:
			return provider.status.read(answer);
	}
}

const nothing: Reading<undefined> = { kind: 'read', value: undefined };

const testOf = ({ credential }: Provider) =>
	credentialTypes.get(credential)?.test as ICredentialTestRequest;

/** The test of a credential, which n8n sends when it is saved. */
export function keyTestCall(provider: Provider, settings: Settings): Call {
	const { baseURL, url = '', method = 'GET', qs, body } = testOf(provider).request;
	const workflow = new Workflow({ nodes: [], connections: {}, active: false, nodeTypes });
	const node = { name: 'verify', parameters: {} } as unknown as INode;
	const data = { $credentials: settings };
	const { expression } = workflow;
	const address = expression.getSimpleParameterValue(node, baseURL, 'internal', data) as string;
	return { method, path: address + fillSettings(url, settings), query: qs, json: body } as Call;
}

/** As n8n does: by the rules of the test. */
function readKeyTest(provider: Provider, { body }: Answer): Reading<undefined> {
	for (const { type, properties } of testOf(provider).rules ?? []) {
		if (type !== 'responseSuccessBody') continue;
		const { key, value, message } = properties;
		if (Reflect.get(Object(body), key) === value) return { kind: 'unreadable', message };
	}
	return nothing;
}

/** {name} stands for a field of the credential. */
export const fillSettings = (template: string, settings: Settings) =>
	template.replace(/\{(\w+)\}/g, (_all, field: string) => settings[field] ?? '');
