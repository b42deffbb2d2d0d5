import type { ICredentialDataDecryptedObject, IExecuteFunctions, NodeApiError } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { providerNamed } from '../providers';
import type { Provider, Settings } from '../providers/provider';
import type { Gateway } from '../transport/send';
import { nodeErrorFrom } from './results';

type ConnectedGateway = Gateway & { context: IExecuteFunctions };

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

/** The provider with the credential the user chose for it, or why that cannot be used. */
export async function gatewayOrError(
	context: IExecuteFunctions,
	provider: Provider,
): Promise<ConnectedGateway | NodeApiError | NodeOperationError> {
	try {
		return await chosenGateway(context, provider);
	} catch (thrown) {
		return nodeErrorFrom(context, thrown);
	}
}

/** The provider with the credential the user chose for it. Throws where that cannot be used. */
async function chosenGateway(
	context: IExecuteFunctions,
	provider: Provider,
): Promise<ConnectedGateway> {
	const { apiKey, ...fields } = await readCredential(context, provider);
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

/** n8n's own error names the credential by an internal name, and does not say what to do. */
async function readCredential(
	context: IExecuteFunctions,
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
				description: `Choose a ${label} credential in the node, and check that it still exists and that this workflow may use it. n8n says: ${reason.replaceAll(credential, label)}. Nothing was sent.`,
			},
		);
	}
}
