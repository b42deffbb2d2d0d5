import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, readSource } from './syntax';
import type { Import, Source } from './syntax';
import { root, shippedSources } from './tree';

/** A part of the source with rules of its own. A folder in PascalCase is one of n8n's nodes. */
type Zone = 'node' | 'ui' | 'jobs' | 'transport' | 'providers' | 'credentials';

function zoneOf(path: string): Zone | undefined {
	if (/^credentials\/[^/]+$/.test(path)) return 'credentials';
	const folder = /^nodes\/([^/]+)/.exec(path)?.[1] ?? '';
	if (/^[A-Z]/.test(folder)) return 'node';
	const zones: Zone[] = ['ui', 'jobs', 'transport', 'providers'];
	return zones.find((zone) => zone === folder);
}

const folderOf = (path: string) => path.split('/').slice(0, 2).join('/');

/** The contract, the readers and the dialects. */
const sharedByProviders = new Set(
	'provider reading failures answers writing chat taskData videos veoParameters'.split(' '),
);

/** A gateway's second format takes from its first what holds for both: deepWlVideos from deepWl. */
function isSameGateway(from: string, target: string): boolean {
	return from.startsWith(target) && /^[A-Z]/.test(from.slice(target.length));
}

/** Who may import whom: at run time, and for types only. */
const allowed: Record<Zone, { values: Zone[]; types: Zone[] }> = {
	node: { values: ['ui', 'jobs', 'transport', 'providers'], types: [] },
	ui: { values: ['ui', 'providers', 'credentials'], types: ['jobs', 'transport'] },
	transport: { values: ['transport', 'providers'], types: ['jobs'] },
	providers: { values: ['providers'], types: [] },
	jobs: { values: ['jobs'], types: [] },
	credentials: { values: ['credentials'], types: [] },
};

function isAllowed(from: string, { target, isOurs, isTypeOnly }: Import): boolean {
	const zone = zoneOf(from);
	if (zone === undefined) return false;
	if (!isOurs) {
		if (target === 'node:crypto') return true;
		const needsTypesOnly = zone === 'jobs' || zone === 'providers' || zone === 'credentials';
		return target === 'n8n-workflow' && (isTypeOnly || !needsTypesOnly);
	}
	// Nobody needs the class that n8n loads.
	if (/\.(?:node|credentials)$/.test(target)) return false;
	const targetZone = zoneOf(target);
	if (targetZone === undefined) return false;
	if (zone === 'node' && targetZone === 'node') {
		return [folderOf(from), 'nodes/VeoCreate'].includes(folderOf(target));
	}
	if (zone === 'providers') {
		// A provider stands alone: it shares the contract and the dialects, and only the list knows all.
		if (targetZone === 'jobs') return isTypeOnly && target === 'nodes/jobs/job';
		const isList = from === 'nodes/providers/index.ts';
		const isShared = sharedByProviders.has(target.replace('nodes/providers/', ''));
		return targetZone === 'providers' && (isList || isShared || isSameGateway(from, target));
	}
	const { values, types } = allowed[zone];
	return values.includes(targetZone) || (isTypeOnly && types.includes(targetZone));
}

const callWords = /^(?:httpRequest|requestWithAuthentication|requestOAuth|fetch$|XMLHttpRequest$)/i;
const nodeErrors = /^Node\w*Error$/;
// What n8n refuses in a community node, and what would tie the code to a machine.
const forbiddenNames = new Set(
	[
		'process global globalThis window require module exports __dirname __filename eval Function',
		'setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate console',
	]
		.join(' ')
		.split(' '),
);

/** Everything in a source file that the architecture forbids. */
function faultsOf(source: Source): string[] {
	const { path, imports, freeNames, mentions, throws } = source;
	const zone = zoneOf(path);
	const wrongImports = imports.filter((each) => !isAllowed(path, each));
	const calls = [...mentions].filter((word) => zone !== 'transport' && callWords.test(word));
	const throwers: Array<Zone | undefined> = ['node', 'ui'];
	const thrown = [...throws].filter((name) => nodeErrors.test(name) && !throwers.includes(zone));
	const names = [...freeNames].filter((name) => forbiddenNames.has(name));
	return [
		...(zone === undefined ? ['stands in no part of the architecture'] : []),
		...wrongImports.map(
			({ target, isTypeOnly }) => `imports ${isTypeOnly ? 'types of ' : ''}${target}`,
		),
		...calls.map((word) => `makes a call: ${word}`),
		...thrown.map((name) => `throws ${name}`),
		...names.map((name) => `uses ${name}`),
	].map((fault) => `${path} ${fault}`);
}

const sources = shippedSources.map(readSource);

test('every file keeps to its part', () => {
	expect(sources.length).toBeGreaterThan(30);
	expect(sources.flatMap(faultsOf)).toEqual([]);
});

test('every import of our own leads to a file', () => {
	const targets = sources.flatMap(({ imports }) => imports.filter(({ isOurs }) => isOurs));
	const missing = targets.filter(
		({ target }) => !['.ts', '/index.ts'].some((ending) => existsSync(join(root, target + ending))),
	);
	expect(missing).toEqual([]);
});

test('no file stands in a drawer for odds and ends', () => {
	const drawers = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|lib)(?:\/|\.|$)/i;
	expect(shippedSources.filter((path) => drawers.test(path))).toEqual([]);
});

test('no rule of the linter is switched off in what ships: n8n ignores such comments', () => {
	const silenced = shippedSources.filter((path) =>
		/eslint[-]disable|@ts-(?:ignore|expect-error|nocheck)/.test(
			readFileSync(join(root, path), 'utf8'),
		),
	);
	expect(silenced).toEqual([]);
});

describe('the check itself', () => {
	test.each([
		['nodes/jobs/poll.ts', "import { sleep } from 'n8n-workflow';"],
		['nodes/jobs/poll.ts', "import type { Provider } from '../providers/provider';"],
		['nodes/jobs/poll.ts', "export * from '../transport/send';"],
		['nodes/jobs/poll.ts', "const late = import('../ui/results');"],
		['nodes/jobs/poll.ts', "type Job = import('../providers').ProviderName;"],
		['nodes/jobs/poll.ts', "import later = require('../ui/results');"],
		['nodes/providers/apimp.ts', "import { hasEnded } from '../jobs/job';"],
		['nodes/providers/apimp.ts', "import type { Clock } from '../jobs/clock';"],
		['nodes/providers/apimp.ts', "import { deerApi } from './deerApi';"],
		['nodes/providers/deepWl.ts', "import { deepWlVideos } from './deepWlVideos';"],
		['nodes/providers/deerApiChat.ts', "import { eronmind } from './eronmind';"],
		['nodes/providers/apimp.ts', "import { jsonParse } from 'n8n-workflow';"],
		['nodes/providers/apimp.ts', "import 'n8n-workflow';"],
		['nodes/transport/send.ts', "import { waitUntil } from '../jobs/clock';"],
		['nodes/transport/send.ts', "import type { ItemResult } from '../ui/results';"],
		['nodes/transport/send.ts', "import type { Readable } from 'node:stream';"],
		['nodes/ui/results.ts', "import { open, type Gateway } from '../transport/send';"],
		['nodes/ui/results.ts', "import { jobOf } from '../jobs/job';"],
		[
			'nodes/ui/gateway.ts',
			"import { VeoDeerApi } from '../../credentials/VeoDeerApi.credentials';",
		],
		['nodes/transport/send.ts', "import { keyTest } from '../../credentials/keyTest';"],
		['nodes/ui/results.ts', "import { createJobs } from '../VeoCreate/createJob';"],
		['nodes/VeoCreate/createJob.ts', "import { resultOf } from '../VeoPollUntilDone/resultOf';"],
		['nodes/VeoCreate/createJob.ts', "import { VeoCreate } from './VeoCreate.node';"],
		['nodes/VeoCreate/createJob.ts', "import { z } from 'zod';"],
		['nodes/VeoCreate/createJob.ts', "import { start } from '../../workbench/start';"],
		['nodes/utilities/text.ts', 'export const text = 1;'],
		['credentials/keyTest.ts', "import { NodeHelpers } from 'n8n-workflow';"],
		['credentials/keyTest.ts', "import { providers } from '../nodes/providers';"],
		['nodes/ui/results.ts', 'await context.helpers.httpRequest(options);'],
		['nodes/ui/results.ts', "await context.helpers['httpRequestWithAuthentication'](options);"],
		['nodes/VeoCreate/createJob.ts', "await fetch('https://example.com');"],
		['nodes/transport/send.ts', "throw new NodeApiError(node, { message: 'no' });"],
		['nodes/jobs/poll.ts', "throw new NodeOperationError(node, 'no');"],
		['nodes/jobs/poll.ts', 'setTimeout(resolve, 5);'],
		['nodes/transport/send.ts', 'const { env } = process;'],
		['nodes/transport/send.ts', 'globalThis.setTimeout(resolve, 5);'],
		['nodes/transport/send.ts', "console.log('sent');"],
		['nodes/transport/send.ts', "const fs = require('fs');"],
	])('%s may not say: %s', (path, text) => {
		expect(faultsOf(parse(path, text))).not.toEqual([]);
	});

	test.each([
		['nodes/VeoCreate/createJob.ts', "import { open } from '../transport/send';"],
		['nodes/VeoRemixExtend/VeoRemixExtend.node.ts', "import { a } from '../VeoCreate/createJob';"],
		['nodes/ui/gateway.ts', "import { addressProblem } from '../../credentials/address';"],
		['nodes/providers/chat.ts', "import { createHash } from 'node:crypto';"],
		['nodes/ui/results.ts', "import { type Gateway } from '../transport/send';"],
		['nodes/ui/results.ts', "throw new NodeOperationError(node, 'no');"],
		['nodes/transport/executionClock.ts', "import type { Clock } from '../jobs/clock';"],
		['nodes/transport/send.ts', "throw new Error('no');"],
		['nodes/providers/apimp.ts', "import type { JobStatus } from '../jobs/job';"],
		['nodes/providers/apimp.ts', "// in the process. setTimeout(\nconst word = { process: 'x' };"],
		['nodes/providers/index.ts', "import { apimp } from './apimp';"],
		['nodes/providers/deepWlVideos.ts', "import { deepWlOptions } from './deepWl';"],
		['nodes/providers/deepWl.ts', "import { remix } from './videos';"],
		['nodes/jobs/poll.ts', "import type { IDataObject } from 'n8n-workflow';"],
		['credentials/keyTest.ts', "import type { Icon } from 'n8n-workflow';"],
	])('%s may say: %s', (path, text) => {
		expect(faultsOf(parse(path, text))).toEqual([]);
	});
});
