import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { isVideoModel, providerNamed } from '../providers';
import type { Provider } from '../providers/provider';
import { operationNames } from '../providers/provider';
import { readList, readString } from '../wire/readers';
import { callAndRead } from '../transport/callAndRead';
import { readConnection } from '../fields/connection';

// The filter of the list applies first, so that typing finds the other models.
const maxModels = 500;

/**
 * The models to choose from: our suggestions, then those the provider lists. Only the suggestions if
 * the provider is unreachable or there is no credential.
 */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const provider = providerNamed(String(this.getCurrentNodeParameter('provider')));
	const chosen = this.getCurrentNodeParameter('operation') ?? 'create';
	const operationName = operationNames.find((each) => each === chosen);
	const operation = operationName && provider?.[operationName];
	if (provider === undefined || operation === undefined) return { results: [] };
	const suggested = operation.models.map(({ id }) => id);
	const search = filter ?? '';
	const { isPartial, ...models } = provider.models ?? newApiModels;
	const offered = new Set(await listModels(this, provider, models, search));
	const fits = (id: string) => id.toLowerCase().includes(search.toLowerCase());
	const isMissing = (id: string) => !isPartial && offered.size > 0 && !offered.has(id);
	const ids = [...new Set([...suggested, ...offered])].filter(fits).slice(0, maxModels);
	return {
		results: ids.map((id) => ({
			name: isMissing(id) ? `${id} (not in the provider's list)` : id,
			value: id,
		})),
	};
}

type Models = NonNullable<Provider['models']>;

async function listModels(
	context: ILoadOptionsFunctions,
	provider: Provider,
	{ request, read }: Models,
	search: string,
): Promise<string[]> {
	const connection = await readConnection(context, provider).catch(() => undefined);
	if (connection === undefined) return [];
	const call = request(connection.settings, search);
	const outcome = await callAndRead(connection, call, read, { timeoutMs: 5_000 });
	return outcome.kind === 'read' ? outcome.value : [];
}

const newApiModels: Models = {
	request: () => ({ method: 'GET', path: '/v1/models' }),
	read: ({ body }) => {
		const ids = readList(body, 'data').flatMap((model) => readString(model, 'id') ?? []);
		return { kind: 'read', value: ids.filter(isVideoModel) };
	},
};
