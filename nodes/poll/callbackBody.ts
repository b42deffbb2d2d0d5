import { providerNames, providers } from '../providers';
import type { Operation, Provider } from '../providers/provider';
import { operationNames } from '../providers/provider';
import { readString } from '../wire/readers';

/**
 * The texts in the body of a call that may be the ID of a job, wherever one of the providers has it: the
 * provider of the node may be an expression, which nothing can resolve during the call.
 */
export const readNamedJobIds = (body: unknown): string[] =>
	paths.flatMap((path) => readString(body, ...path) ?? []);

const paths = providerNames
	.map((name): Provider => providers[name])
	.flatMap((provider) => operationNames.map((name): Operation | undefined => provider[name]))
	.flatMap((operation) => operation?.callback?.jobIdPaths ?? []);
