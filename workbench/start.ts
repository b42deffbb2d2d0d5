/*
 * `npm start`: runs an example pipeline on n8n's own engine and writes the videos to out/. Without a key it uses
 * the simulator, for a provider of each host or the one given by --provider, and skips the waiting; with
 * --provider and --key it uses the real provider.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { IRun } from 'n8n-workflow';
import { providerNamed, providerNames, providers } from '../nodes/providers';
import type { ProviderName } from '../nodes/providers';
import type { Provider } from '../nodes/providers/provider';
import type { CredentialValues } from './engine/credentials';
import { readBinary, runWorkflow } from './engine/engine';
import { credentialTypes } from './engine/nodeTypes';
import { showRequests } from './showRequests';
import { startSimulator } from './simulator';
import { simulatorCredentials } from './simulatorCredentials';
import { inVirtualTime } from './virtualTime';
import type { WorkflowFile } from './workflowFile';

const root = path.join(__dirname, '..');
const outFolder = path.join(root, 'out');
/** One for each host. The others are second formats of these hosts. */
const mainProviders = providerNames.filter(
	(name, index) =>
		providerNames.findIndex(
			(other) => providers[other].credential === providers[name].credential,
		) === index,
);
const labelWidth = Math.max(...providerNames.map((name) => providers[name].label.length));

const { values: chosen } = parseArgs({
	options: {
		provider: { type: 'string' },
		key: { type: 'string', default: process.env.VEO_API_KEY },
		'base-url': { type: 'string' },
		model: { type: 'string' },
		prompt: { type: 'string' },
	},
});

interface Finished {
	provider: string;
	jobId: string;
	checks: number;
	seconds: number;
	file: string;
	kilobytes: number;
}

async function main(): Promise<void> {
	const names = chosenProviders();
	mkdirSync(outFolder, { recursive: true });
	const { key } = chosen;
	const finished =
		key === undefined
			? await inVirtualTime(async () => await makeSimulatedVideos(names))
			: await Promise.all(names.map(async (name) => await makeVideo(name, realAccess(name, key))));
	console.log();
	console.table(finished);
}

async function makeSimulatedVideos(names: ProviderName[]): Promise<Finished[]> {
	const simulator = await startSimulator();
	console.log(`No key given: using the simulator at ${simulator.origin}, without the waiting\n`);
	try {
		const access = simulatorCredentials(simulator);
		return await Promise.all(
			names.map(async (name) => await makeVideo(name, access[providers[name].credential] ?? {})),
		);
	} finally {
		await simulator.close();
	}
}

function chosenProviders(): ProviderName[] {
	const { provider, key } = chosen;
	if (provider === undefined) {
		if (key !== undefined)
			throw new Error('--key needs --provider, so that it goes to its own host');
		return mainProviders;
	}
	const found = providerNames.find((name) => name === provider);
	if (found === undefined) {
		throw new Error(`There is no provider "${provider}". Use one of: ${providerNames.join(', ')}`);
	}
	return [found];
}

function realAccess(name: ProviderName, key: string): Record<string, string> {
	const fields = credentialTypes.get(providers[name].credential)?.properties ?? [];
	const defaults = Object.fromEntries(fields.map((field) => [field.name, String(field.default)]));
	const { label, secretFields, readCredential }: Provider = providers[name];
	const [keyField = 'apiKey'] = secretFields ?? [];
	const baseUrl = chosen['base-url'] ?? defaults.baseUrl ?? '';
	if (baseUrl === '' && readCredential === undefined)
		throw new Error(`${label} needs --base-url: none is documented`);
	return { ...defaults, [keyField]: key, baseUrl };
}

async function makeVideo(name: ProviderName, access: Record<string, string>): Promise<Finished> {
	const { label, credential } = providers[name];
	const say = (text: string) => console.log(`${label.padEnd(labelWidth)} ${text}`);
	const stopShowing = showRequests([access.baseUrl ?? '', access.taskDataUrl ?? ''], say);
	const credentials: CredentialValues = { [credential]: access };
	const pipeline = pipelineFor(name);
	const startedAt = Date.now();
	try {
		const run = await runWorkflow(pipeline, {
			credentials,
			onNode: (nodeName, { data }) => {
				const jobId = data?.main?.[0]?.[0]?.json.jobId;
				if (typeof jobId === 'string') say(`${nodeName}: ${jobId}`);
			},
			onSuspend: (_stored, wakeTime) =>
				say(`suspended until ${wakeTime.toISOString()}, no worker held`),
		});
		return await saved(name, run, findPollNode(pipeline), (Date.now() - startedAt) / 1000);
	} finally {
		stopShowing();
	}
}

/** The example that fits the provider, with the provider set in every node of ours. */
function pipelineFor(name: ProviderName): WorkflowFile {
	const extended = providerNamed(name)?.createExtended;
	const file = extended === undefined ? 'text-to-video' : 'fifteen-second-video';
	const example = path.join(root, 'examples', `${file}.json`);
	const workflow = JSON.parse(readFileSync(example, 'utf8')) as WorkflowFile;
	const model = chosen.model ?? (extended ?? providers[name].create).models[0]?.id ?? '';
	for (const { type, parameters } of workflow.nodes) {
		if (!type.startsWith('n8n-nodes-veo.')) continue;
		parameters.provider = name;
		if (parameters.operation === 'retryExtension') continue;
		if ('model' in parameters) parameters.model = { __rl: true, mode: 'id', value: model };
		if ('prompt' in parameters && chosen.prompt !== undefined) parameters.prompt = chosen.prompt;
	}
	return workflow;
}

/** The name of the node that returns the video when nothing fails. */
function findPollNode({ nodes }: WorkflowFile): string {
	return nodes.find(({ type }) => type === 'n8n-nodes-veo.veoPollUntilDone')?.name ?? '';
}

async function saved(
	name: ProviderName,
	run: IRun,
	nodeName: string,
	seconds: number,
): Promise<Finished> {
	const { error, runData } = run.data.resultData;
	if (error !== undefined) {
		const description = 'description' in error ? ` ${String(error.description)}` : '';
		throw new Error(`${error.message}.${description}`);
	}
	const item = runData[nodeName]?.at(-1)?.data?.main?.[0]?.[0];
	const video = item?.binary?.video;
	if (item === undefined || video === undefined) throw new Error(`${name} returned no video`);
	const file = path.join(outFolder, `${name}.mp4`);
	const bytes = await readBinary(video);
	writeFileSync(file, bytes);
	return {
		provider: providers[name].label,
		jobId: String(item.json.jobId),
		checks: Number(item.json.checks),
		seconds: Math.round(seconds * 10) / 10,
		file: path.relative(root, file),
		kilobytes: Math.round(bytes.length / 1024),
	};
}

main().catch((error: unknown) => {
	console.error(`\n${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
});
