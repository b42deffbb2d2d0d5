import type { IRun } from 'n8n-workflow';
import { expect } from '@jest/globals';
import { providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { expectNoLeak, placesOf } from '../engine/leaks';
import { jobsOf } from '../engine/workflow';

/** An item at the error output. */
interface ErrorItem {
	error: string;
	details: {
		jobId?: string;
		videoUrl?: string;
		description: string;
		failure: { code: string; message: string };
	};
}

/** The first item at the error output of a node, if there is one. */
export function errorItemOf(run: IRun, node: string): ErrorItem | undefined {
	return jobsOf(run, node, 1)[0] as ErrorItem | undefined;
}

const rawErrors =
	/TypeError|RangeError|URIError|SyntaxError|Cannot read|not a function|\bundefined\b|\[object|\bNaN\b/;

/** What holds in every cell of the matrix, whatever its outcome. */
export function expectPromisesKept(run: IRun, simulator: Simulator, provider: ProviderName): void {
	expect(simulator.spoiltCount()).toBeGreaterThan(0);
	expect(run.data.resultData.error).toBeUndefined();
	const key = simulator.secrets(provider);
	expectNoLeak(key, { run });
	const foreign = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(placesOf(key, foreign)).toEqual([]);
	// No item is paid for twice: there is one, and each node has its own operation.
	const operations = simulator.ledger.map(({ operation }) => operation);
	expect([...new Set(operations)]).toEqual(operations);
	for (const node of ['Veo Create', 'Veo Remix Extend', 'Veo Poll Until Done']) {
		const item = errorItemOf(run, node);
		if (item === undefined) continue;
		const { error, details } = item;
		expect(`${error}\n${details.description}`).not.toMatch(rawErrors);
		// Who: the provider, or the job where it is what matters.
		const names = [providers[provider].label, details.jobId ?? providers[provider].label];
		expect(names.some((name) => error.includes(name))).toBe(true);
		// What to do.
		expect(details.description).toMatch(/poll|check|look|change|top up|try|waiting|choose/i);
	}
}
