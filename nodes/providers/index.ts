import type { OperationName, Provider } from './provider';
import { apimp } from './apimp';
import { deepWl } from './deepWl';
import { deepWlVideos } from './deepWlVideos';
import { deerApi } from './deerApi';
import { deerApiChat } from './deerApiChat';
import { eronmind } from './eronmind';
import { eronmindVideos } from './eronmindVideos';
import { fal } from './fal';
import { kie } from './kie';
import { newApiRemix } from './newApiRemix';
import { openAiVideos } from './openAiVideos';
import { replicate } from './replicate';
import { vertex } from './vertex';

/** The only list of providers. Menus, credentials, tests and tables are derived from it. */
export const providers = {
	fal,
	kie,
	vertex,
	replicate,
	openAiVideos,
	deerApi,
	deerApiChat,
	deepWl,
	deepWlVideos,
	eronmind,
	eronmindVideos,
	// Their addresses are not published.
	newApiRemix,
	apimp,
} satisfies Record<string, Provider>;

/** The machine value of a provider in saved workflows. */
export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as ProviderName[];

/** The providers that support an operation, or that have another of the optional members. */
export function providersWith(member: OperationName | 'balance' | 'find'): ProviderName[] {
	return providerNames.filter((name) => providerNamed(name)?.[member] !== undefined);
}

/** The provider with a machine value, if there is one. */
export function providerNamed(name: string): Provider | undefined {
	return Object.hasOwn(providers, name) ? providers[name as ProviderName] : undefined;
}
