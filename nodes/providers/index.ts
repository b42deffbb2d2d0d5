import type { CreationName, Provider } from './provider';
import { apimp } from './apimp';
import { deepWl } from './deepWl';
import { deerApi } from './deerApi';
import { eronmind } from './eronmind';
import { newApiRemix } from './newApiRemix';

/** The one list of providers. Node menus, credentials, checks and tables all come from it. */
export const providers = {
	deerApi,
	deepWl,
	newApiRemix,
	apimp,
	eronmind,
} satisfies Record<string, Provider>;

/** The machine value of a provider, as saved workflows hold it. */
export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as ProviderName[];

/** The providers that can do a creation. */
export function providersWith(creationName: CreationName): ProviderName[] {
	return providerNames.filter((name) => providerNamed(name)?.[creationName] !== undefined);
}

/** The provider of that machine value, if there is one. */
export function providerNamed(name: string): Provider | undefined {
	return Object.hasOwn(providers, name) ? providers[name as ProviderName] : undefined;
}
