import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { providerNamed } from '../providers';
import type { Provider, Settings } from '../providers/provider';
import type { Gateway } from '../transport/send';

/** The provider the user chose, by the machine value that the saved workflow holds. */
export function chosenProvider(context: IExecuteFunctions): { name: string; provider: Provider } {
	const name = String(context.getNodeParameter('provider', 0));
	const provider = providerNamed(name);
	if (provider === undefined) {
		throw new NodeOperationError(context.getNode(), `There is no provider "${name}"`, {
			description: 'Choose one in the field Provider.',
		});
	}
	return { name, provider };
}

/** The provider with the credential the user chose for it. Throws where that cannot be used. */
export async function chosenGateway(
	context: IExecuteFunctions,
	provider: Provider,
): Promise<Gateway & { context: IExecuteFunctions }> {
	const { apiKey, ...fields } = await context.getCredentials(provider.credential);
	const settings: Settings = Object.fromEntries(
		Object.entries(fields).map(([name, value]) => [name, String(value ?? '').trim()]),
	);
	const secret = String(apiKey ?? '').trim();
	const missing = secret === '' ? 'API Key' : settings.baseUrl ? undefined : 'Base URL';
	if (missing !== undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`The ${provider.label} credential has no ${missing}`,
			{ description: `Open the credential and fill in ${missing}. Nothing was sent.` },
		);
	}
	const baseUrl = settings.baseUrl ?? '';
	const signal = context.getExecutionCancelSignal();
	return { context, provider, baseUrl, settings, secret, signal };
}
