import { createRequire } from 'node:module';
import type { ProviderName } from '../../../nodes/providers';
import { providerNames } from '../../../nodes/providers';
import type { SimulatedProvider } from '../provider';

const requireFile = createRequire(__filename);

/** One file for each provider of the package, which exports it by its name. A missing one throws here. */
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
