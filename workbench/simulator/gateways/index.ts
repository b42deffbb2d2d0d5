import { apimp } from './apimp';
import { deepWl } from './deepWl';
import { deerApi } from './deerApi';
import { eronmind } from './eronmind';
import type { Gateway } from './gateway';
import { newApiRemix } from './newApiRemix';

/** The one list of gateways. */
export const gateways = {
	deerApi,
	deepWl,
	newApiRemix,
	apimp,
	eronmind,
} satisfies Record<string, Gateway>;

export type GatewayName = keyof typeof gateways;

export const gatewayNames = Object.keys(gateways) as GatewayName[];

export function gatewayOfPath(path: string): GatewayName | undefined {
	return gatewayNames.find((name) => path.startsWith(`${gateways[name].prefix}/`));
}
