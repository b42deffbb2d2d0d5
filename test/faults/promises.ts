import type { IRun } from 'n8n-workflow';
import { stringify } from 'flatted';
import { expect } from '@jest/globals';
import { providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { jobsOf } from '../engine/workflow';

/** What an item says that went wrong. */
export interface Told {
	error: string;
	details: {
		jobId?: string;
		videoUrl?: string;
		description: string;
		failure: { code: string; message: string };
	};
}

/** The item of a node that went wrong, if it did. */
export function toldBy(run: IRun, node: string): Told | undefined {
	return jobsOf(run, node, 1)[0] as Told | undefined;
}

const rawErrors =
	/TypeError|RangeError|URIError|SyntaxError|Cannot read|not a function|\bundefined\b|\[object|\bNaN\b/;

/** What holds in every cell of the matrix, whatever its outcome. */
export function expectPromisesKept(run: IRun, simulator: Simulator, provider: ProviderName): void {
	expect(simulator.spoiltCount()).toBeGreaterThan(0);
	expect(run.data.resultData.error).toBeUndefined();
	expect(stringify(run.data)).not.toContain(simulator.key(provider));
	const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(JSON.stringify(abroad)).not.toContain(simulator.key(provider));
	// No item buys twice: there is one, and each node has its own operation.
	const operations = simulator.ledger.map(({ operation }) => operation);
	expect([...new Set(operations)]).toEqual(operations);
	for (const node of ['Veo Create', 'Veo Remix Extend', 'Veo Poll Until Done']) {
		const told = toldBy(run, node);
		if (told === undefined) continue;
		const { error, details } = told;
		expect(`${error}\n${details.description}`).not.toMatch(rawErrors);
		// Who: the provider, or the job where it is what matters.
		const names = [providers[provider].label, details.jobId ?? providers[provider].label];
		expect(names.some((name) => error.includes(name))).toBe(true);
		// What to do.
		expect(details.description).toMatch(/poll|check|look|change|top up|try|waiting|choose/i);
	}
}
