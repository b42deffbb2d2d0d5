import { createRequire } from 'node:module';
import type { ProviderName } from '../../../nodes/providers';
import { providerNames } from '../../../nodes/providers';
import type { SimulatedProvider } from '../provider';

const requireFile = createRequire(__filename);

/** Each provider of the package has a file here that exports it by its name; a missing one throws. */
export const simulatedProviders = Object.fromEntries(
	providerNames.map((name) => {
		const provider = (requireFile(`./${name}`) as Partial<Record<string, SimulatedProvider>>)[name];
		if (provider === undefined) throw new Error(`providers/${name}.ts exports no ${name}`);
		return [name, provider];
	}),
) as Record<ProviderName, SimulatedProvider>;

/** The first provider of the host that a path leads to. */
export function findProviderOfPath(path: string): ProviderName | undefined {
	return providerNames.find((name) => path.startsWith(`${simulatedProviders[name].prefix}/`));
}
