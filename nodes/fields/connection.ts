import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { addressProblem } from '../../credentials/address';
import { providerNamed } from '../providers';
import type { Provider } from '../providers/provider';
import type { Settings } from '../wire/call';
import { createSecretMask } from '../wire/secretMask';
import type { Connection } from '../transport/send';
import type { NodeError } from '../execution/results';
import { catchForAllItems } from '../execution/results';
import { wakeUrlPattern } from '../execution/wake';

/** A provider with the user's credential, ready to call. */
export interface ProviderConnection<
	Context extends IExecuteFunctions | ILoadOptionsFunctions = IExecuteFunctions,
> extends Connection {
	context: Context;
	provider: Provider;
}

/** The provider chosen in the node. The saved workflow stores its machine value. */
export function chosenProvider(context: IExecuteFunctions): { name: string; provider: Provider } {
	const name = String(context.getNodeParameter('provider', 0));
	const provider = providerNamed(name);
	if (provider === undefined) {
		throw new NodeOperationError(context.getNode(), `There is no provider "${name}"`, {
			description: 'Choose a provider in the field Provider. Nothing was sent.',
		});
	}
	return { name, provider };
}

/** The provider with its credential, or the error that makes the credential unusable. */
export async function connectionOrError(
	context: IExecuteFunctions,
	provider: Provider,
): Promise<ProviderConnection | NodeError> {
	return await catchForAllItems(context, async () => await readConnection(context, provider));
}

/** The provider with its credential. Throws a NodeOperationError if the credential is unusable. */
export async function readConnection<Context extends IExecuteFunctions | ILoadOptionsFunctions>(
	context: Context,
	provider: Provider,
): Promise<ProviderConnection<Context>> {
	const { label, secretFields = ['apiKey'], keyUrlFields = [] } = provider;
	const unusable = (what: string, whatToDo: string) =>
		new NodeOperationError(context.getNode(), `The ${what}`, {
			description: `Open the credential and ${whatToDo}. Nothing was sent.`,
		});
	const fields = Object.entries(await readCredential(context, provider)).map(
		([name, value]) => [name, String(value ?? '').trim()] as const,
	);
	const own = provider.readCredential?.(Object.fromEntries(fields));
	if (own?.kind === 'unusable') {
		throw unusable(`${label} credential cannot be used: ${own.problem}`, 'correct it');
	}
	const settings: Settings = {
		...Object.fromEntries(fields.filter(([name]) => !secretFields.includes(name))),
		...own?.settings,
	};
	const typed = fields.flatMap(([name, value]) =>
		secretFields.includes(name) && value !== '' ? [value] : [],
	);
	const secrets = [...typed, ...(own?.secrets ?? [])];
	const { baseUrl = '' } = settings;
	const missing = secrets.length === 0 ? 'API Key' : baseUrl === '' ? 'Base URL' : undefined;
	if (missing !== undefined) {
		throw unusable(`${label} credential has no ${missing}`, `fill in ${missing}`);
	}
	for (const [name, value] of Object.entries(settings)) {
		const problem = value === '' ? undefined : settingProblem(name, value);
		if (problem === undefined) continue;
		const field = fieldLabel(name);
		throw unusable(`${field} in the ${label} credential ${problem}`, `correct ${field}`);
	}
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const { credential } = provider;
	const keyUrls = keyUrlFields.flatMap((name) => settings[name] ?? []);
	// A provider may repeat the address that it was given.
	const mask = createSecretMask([...secrets, wakeUrlPattern]);
	return { context, provider, credential, baseUrl, settings, keyUrls, mask, signal };
}

/** A connection for rehearsals, which calls nothing and needs no credential. */
export function offlineConnection(
	context: IExecuteFunctions,
	provider: Provider,
): ProviderConnection {
	const { credential } = provider;
	const mask = createSecretMask([]);
	return { context, provider, credential, baseUrl: '', settings: {}, keyUrls: [], mask };
}

/** The problem with a field of a credential, if any. The end of its name is its type: Url, Path. */
function settingProblem(name: string, value: string): string | undefined {
	if (name.endsWith('Url')) return addressProblem(value);
	if (name.endsWith('Path') && !value.startsWith('/')) return 'does not begin with "/"';
	return undefined;
}

/** The label of a field in the credential: "Task Data URL" for `taskDataUrl`. */
function fieldLabel(name: string): string {
	const words = name.replace(/[A-Z]/g, ' $&').replace(/Url$/, 'URL');
	return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Replaces n8n's own error, which has the credential's internal name and no advice. */
async function readCredential(
	context: IExecuteFunctions | ILoadOptionsFunctions,
	{ label, credential }: Provider,
): Promise<ICredentialDataDecryptedObject> {
	try {
		return await context.getCredentials(credential);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new NodeOperationError(
			context.getNode(),
			`The ${label} credential of this node cannot be read`,
			{
				description: `Choose a ${label} credential in the node. Check that it exists and that this workflow may use it. n8n says: ${reason.replaceAll(credential, label)}. Nothing was sent.`,
			},
		);
	}
}
