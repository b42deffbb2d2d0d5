import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { isTool } from '../execution/suspension';
import { expectCallback, readWakeUrl } from '../execution/wake';
import type { ProviderConnection } from '../fields/connection';
import { hasCallback, withCallback } from '../providers/dialects/callbackUrl';
import type { Callback, Operation } from '../providers/provider';
import { isPrivateHost, isThisMachine } from '../transport/privateHost';
import type { Call } from '../wire/call';

/** A create, and what to do when its job is there. */
export interface WakingCreate {
	call: Call;
	/** Notes that the provider will call this execution, if it will. */
	noteJob(jobId: string): void;
}

/** Adds the URL that resumes this execution to the create of an item that asks for it. */
export type AddWakeUrl = (
	itemIndex: number,
	call: Call,
	operation: Operation,
	connection: ProviderConnection,
) => WakingCreate;

/** Where the URL cannot work, the job is created without it, and a hint says why, once for all items. */
export function createAddWakeUrl(context: IExecuteFunctions): AddWakeUrl {
	const hints = new Set<string>();
	const addHint = (message: string | undefined) => {
		if (message === undefined || hints.has(message)) return;
		hints.add(message);
		context.addExecutionHints({ message });
	};
	return (itemIndex, call, { callback }, connection) => {
		const unchanged: WakingCreate = { call, noteJob: () => undefined };
		if (callback === undefined || !isWanted(context, itemIndex)) return unchanged;
		const url = findWakeUrl(context, call, callback, connection);
		if (!(url instanceof URL)) {
			addHint(`Wake by Callback is not used: ${url.problem}. The jobs are checked as usual`);
			return unchanged;
		}
		addHint(findDoubt(url, connection));
		return {
			call: withCallback(call, callback, url.href),
			noteJob: (jobId) => expectCallback(context, jobId),
		};
	};
}

function isWanted(context: IExecuteFunctions, itemIndex: number): boolean {
	const { wakeByCallback } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	return wakeByCallback === true || wakeByCallback === 'true';
}

function findWakeUrl(
	context: IExecuteFunctions,
	call: Call,
	callback: Callback,
	{ provider: { label }, baseUrl }: ProviderConnection,
): URL | { problem: string } {
	if (hasCallback(call, callback)) {
		return {
			problem: `the request has a callback address of its own, and ${label} calls one only`,
		};
	}
	if (isTool(context)) return { problem: 'an AI agent waits for its tools within one run' };
	const url = readWakeUrl(context);
	if (url === undefined)
		return { problem: 'this n8n does not sign the address. Use 2.14 or newer' };
	const api = new URL(baseUrl);
	if (isThisMachine(url.hostname) && !isThisMachine(api.hostname)) {
		return {
			problem: `the address of n8n's webhooks is that of its own machine, which ${label} cannot reach. Set WEBHOOK_URL to the public address of n8n`,
		};
	}
	if (callback.needsHttps && url.protocol === 'http:' && api.protocol === 'https:') {
		return { problem: `${label} calls only https addresses, and WEBHOOK_URL is an http address` };
	}
	return url;
}

/** A provider in the same network can call a private address. */
function findDoubt(url: URL, { provider: { label }, baseUrl }: ProviderConnection) {
	if (!isPrivateHost(url.hostname) || isPrivateHost(new URL(baseUrl).hostname)) return undefined;
	return `${label} is asked to call a private address (WEBHOOK_URL). If it cannot reach that, the end of the jobs is noticed later`;
}
