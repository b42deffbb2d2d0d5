import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { providerNamed } from '../providers';
import { isVeoModel, openAiModels } from '../providers/dialects/models';
import type { Provider } from '../providers/provider';
import { operationNames } from '../providers/provider';
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
	const closed = new Set(operation.models.flatMap(({ id, isClosed }) => (isClosed ? [id] : [])));
	const search = filter ?? '';
	const { isPartial, ...models } = provider.models ?? openAiModels(isVeoModel);
	const offered = new Set(await listModels(this, provider, models, search));
	const fits = (id: string) => id.toLowerCase().includes(search.toLowerCase());
	const isMissing = (id: string) => !isPartial && offered.size > 0 && !offered.has(id);
	const toName = (id: string) => {
		if (closed.has(id)) return `${id} (closed by Google)`;
		return isMissing(id) ? `${id} (not in the provider's list)` : id;
	};
	const ids = [...new Set([...suggested, ...offered])].filter(fits).slice(0, maxModels);
	return {
		results: ids.map((id) => ({ name: toName(id), value: id })),
	};
}

type Models = NonNullable<Provider['models']>;

async function listModels(
	context: ILoadOptionsFunctions,
	provider: Provider,
	{ request, read }: Models,
	search: string,
): Promise<string[]> {
	if (provider.listsModels === false) return [];
	const connection = await readConnection(context, provider).catch(() => undefined);
	if (connection === undefined) return [];
	const call = request(connection.settings, search);
	const outcome = await callAndRead(connection, call, read, { timeoutMs: 5_000 });
	return outcome.kind === 'read' ? outcome.value : [];
}
