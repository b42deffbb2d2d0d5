import { apimp } from './apimp';
import { deepWl } from './deepWl';
import { deepWlVideos } from './deepWlVideos';
import { deerApi } from './deerApi';
import { deerApiChat } from './deerApiChat';
import { eronmind } from './eronmind';
import { eronmindVideos } from './eronmindVideos';
import type { Gateway } from './gateway';
import { newApiRemix } from './newApiRemix';
import { openAiVideos } from './openAiVideos';

/** The one list of gateways, each once for every format it speaks. */
export const gateways = {
	deerApi,
	deepWl,
	newApiRemix,
	apimp,
	eronmind,
	deerApiChat,
	deepWlVideos,
	eronmindVideos,
	openAiVideos,
} satisfies Record<string, Gateway>;

export type GatewayName = keyof typeof gateways;

export const gatewayNames = Object.keys(gateways) as GatewayName[];

export function gatewayOfPath(path: string): GatewayName | undefined {
	return gatewayNames.find((name) => path.startsWith(`${gateways[name].prefix}/`));
}
