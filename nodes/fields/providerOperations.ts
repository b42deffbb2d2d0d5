import type { IDisplayOptions } from 'n8n-workflow';
import { providers, providersWith } from '../providers';
import type { ProviderName } from '../providers';
import type { Operation, OperationName, Provider } from '../providers/provider';

/** An operation as one provider offers it. */
export interface ProviderOperation {
	name: ProviderName;
	operation: Operation;
}

/** Shows a field for some providers, and under further conditions. */
export type ShowFor = (names: ProviderName[], more?: IDisplayOptions['show']) => IDisplayOptions;

/** The providers that offer an operation, each with its own. */
export function listProviderOperations(operationName: OperationName): ProviderOperation[] {
	return providersWith(operationName).flatMap((name): ProviderOperation[] => {
		const operation = (providers[name] as Provider)[operationName];
		return operation === undefined ? [] : [{ name, operation }];
	});
}
