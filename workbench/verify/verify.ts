import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOnce } from '../../nodes/create/createOnce';
import { readConnection } from '../../nodes/fields/connection';
import type { ProviderConnection } from '../../nodes/fields/connection';
import type { JobState } from '../../nodes/jobs/job';
import { hasEnded } from '../../nodes/jobs/job';
import { openAiModels, isVeoModel } from '../../nodes/providers/dialects/models';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed, providers } from '../../nodes/providers';
import type { OperationInput, OptionFields, Provider } from '../../nodes/providers/provider';
import { callAndRead } from '../../nodes/transport/callAndRead';
import { downloadVideo } from '../../nodes/transport/download/downloadVideo';
import { listSources } from '../../nodes/VeoPollUntilDone/videoFiles';
import type { Answer, Call, CreatedJob } from '../../nodes/wire/call';
import { facts } from './facts';
import type { Recorder } from './recorder';
import { recordingContext, testCredential } from './recorder';
import type { Recording } from './redact';
import { redact } from './redact';

export interface VerifyOptions {
	provider: ProviderName;
	/** The fields of its credential. */
	values: Record<string, string>;
	/** The cheapest one unless given. */
	model?: string;
	/** Asked before the one paid request. Without it the free part alone runs. */
	confirm?(): Promise<boolean>;
	say?(text: string): void;
	/** Between two checks. */
	wait?(milliseconds: number): Promise<unknown>;
}

/** What became of it. `secrets` has every text that no file may contain. */
export interface Verified {
	recording: Recording;
	secrets: string[];
	file?: Buffer;
}

export const verifyPrompt = 'A paper boat drifts down a rainy street';
const checkEveryMs = 10_000;
// The slowest jobs that users report take a quarter of an hour.
const maxChecks = 120;
const maxFailedChecks = 5;
const maxLateChecks = 3;
const maxDownloadMs = 5 * 60_000;

/** The one job of the paid part, and of its replay. */
export function toInput(name: ProviderName, model?: string): OperationInput<OptionFields> {
	const { options = {} } = facts[name];
	const { cheapest = providers[name].create.models[0]?.id ?? '' } = facts[name];
	return {
		...{ model: model ?? cheapest, prompt: verifyPrompt, promptExtend: '', sourceId: '' },
		...{ imageMode: 'none', images: [], aspectRatio: '16:9', options },
	};
}

/** Tries a provider: what is free, and with `confirm` one paid job. The recording has no secret. */
export async function verify(options: VerifyOptions): Promise<Verified> {
	const { provider: name, values, model, say = () => undefined } = options;
	const provider = providerNamed(name);
	if (provider === undefined) throw new Error(`There is no provider ${name}`);
	const recorder: Recorder = { step: 'keyTest', exchanges: [], sentKeys: new Set(), files: [] };
	const context = recordingContext(recorder, provider.credential, values);
	const connection = await readConnection(context, provider);
	await tryFree(recorder, connection, options);
	const [{ answer } = {}] = recorder.exchanges;
	const isKeyAccepted =
		answer !== undefined &&
		answer.httpStatus < 300 &&
		/json/.test(answer.headers['content-type'] ?? '');
	let problem: string | undefined;
	if (options.confirm !== undefined && !isKeyAccepted)
		problem = 'The key was not accepted: no job was sent';
	else if (await options.confirm?.()) problem = await spend(recorder, connection, options);
	if (problem !== undefined) say(problem);
	const own = provider.readCredential?.(values);
	const typed = (provider.secretFields ?? ['apiKey']).flatMap((field) => values[field] || []);
	const made =
		own?.kind === 'usable' ? own.secrets.filter((secret) => typeof secret === 'string') : [];
	const secrets = [...new Set([...typed, ...made, ...recorder.sentKeys])];
	const {
		exchanges,
		files: [file],
	} = recorder;
	const accounts = [connection.settings.projectId ?? ''].filter((name) => name !== '');
	const recording = redact(
		{
			provider: name,
			model: toInput(name, model).model,
			date: new Date().toISOString(),
			problem,
			exchanges,
		},
		{ secrets, accounts, prompt: verifyPrompt },
	);
	return { recording, secrets, file };
}

type Say = (text: string) => void;

async function tryFree(
	recorder: Recorder,
	connection: ProviderConnection,
	{ provider: name, values, say = () => undefined }: VerifyOptions,
): Promise<void> {
	const { context, provider, settings } = connection;
	const attempt = async (step: Recorder['step'], work: () => Promise<unknown>) => {
		recorder.step = step;
		await work().catch((error: unknown) => say(`${step}: ${String(error)}`));
	};
	await attempt('keyTest', async () => await testCredential(context, provider.credential));
	const wrong = recordingContext(recorder, provider.credential, withWrongKey(provider, values));
	await attempt('wrongKey', async () => await testCredential(wrong, provider.credential));
	if (provider.listsModels !== false) {
		const { request, read } = provider.models ?? openAiModels(isVeoModel);
		await attempt('models', async () => await callAndRead(connection, request(settings, ''), read));
	}
	const { status } = provider;
	const unknown = fillSettings(facts[name].unknownJob, settings);
	await attempt(
		'unknownJob',
		async () => await callAndRead(connection, status.request(unknown, settings), status.read),
	);
}

const fillSettings = (template: string, settings: Readonly<Record<string, string>>) =>
	template.replace(/\{(\w+)\}/g, (_all, field: string) => settings[field] ?? '');

/** The same credential with a key of the same form that no account has. */
function withWrongKey({ secretFields = ['apiKey'] }: Provider, values: Record<string, string>) {
	const wrong = (field: string, value: string) => {
		if (field === 'apiKey') return value.includes(':') ? wrongPair : wrongKey;
		const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
		const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
		if (field !== 'serviceAccountJson') return pem;
		const account = JSON.parse(value) as Record<string, string>;
		return JSON.stringify({ ...account, private_key: pem });
	};
	const changed = secretFields.flatMap((field) => {
		const { [field]: value = '' } = values;
		return value === '' ? [] : [[field, wrong(field, value)] as const];
	});
	return { ...values, ...Object.fromEntries(changed) };
}

const wrongKey = `sk-${'0'.repeat(32)}`;
const wrongPair = `00000000-0000-0000-0000-000000000000:${'0'.repeat(32)}`;

/** Makes one job and gets its video. Returns what went wrong, if anything did. The create is sent once. */
async function spend(
	recorder: Recorder,
	connection: ProviderConnection,
	{ provider: name, model, say = () => undefined, wait = sleep }: VerifyOptions,
): Promise<string | undefined> {
	const { provider, settings } = connection;
	const input = toInput(name, model);
	const rejection = provider.create.reject?.(input);
	if (rejection !== undefined) return `Nothing was sent: ${rejection}`;
	recorder.step = 'create';
	const call = provider.create.request(input, settings);
	const created = await createOnce(connection, call, provider.create, input);
	if (created.kind !== 'read') {
		const { message } = created.failure;
		return created.kind === 'unknown'
			? `The answer to the create has no job (${message}). A job may have been started and paid for: look at the provider's own list`
			: `No job was started: ${message}`;
	}
	const { jobId } = created.value;
	say(`Job ${jobId} was started`);
	const ended = await waitForEnd(recorder, connection, created.value, say, wait);
	if (typeof ended === 'string') return `Job ${jobId}: ${ended}`;
	if (ended.status !== 'succeeded') return `Job ${jobId} ended as ${ended.status}`;
	recorder.step = 'download';
	const sources = listSources(connection, { jobId, checks: 0, state: ended }, 0);
	const fileName = `${name}.mp4`;
	const download = await downloadVideo(connection, {
		sources,
		fileName,
		leftMs: () => maxDownloadMs,
	});
	return download.kind === 'failed' ? download.failure.message : undefined;
}

/** The last state of a job, or why it is not known. */
async function waitForEnd(
	recorder: Recorder,
	connection: ProviderConnection,
	{ jobId, state }: CreatedJob,
	say: Say,
	wait: NonNullable<VerifyOptions['wait']>,
): Promise<JobState | string> {
	const { provider, settings } = connection;
	const { status } = provider;
	if (status.cannotCheck?.(jobId)) return state;
	let last: JobState | undefined;
	let failedChecks = 0;
	let lateChecks = 0;
	for (let check = 1; check <= maxChecks; check++) {
		await wait(checkEveryMs);
		let next: Call | undefined;
		const read = (answer: Answer) => {
			next = next === undefined ? status.next?.(answer, jobId, settings) : undefined;
			return status.read(answer);
		};
		recorder.step = 'status';
		let outcome = await callAndRead(connection, status.request(jobId, settings), read);
		if (next !== undefined) {
			recorder.step = 'result';
			outcome = await callAndRead(connection, next, read);
		}
		if (outcome.kind !== 'read') {
			const { message } = outcome.failure;
			say(message);
			if (++failedChecks === maxFailedChecks) return `it cannot be checked: ${message}`;
			continue;
		}
		failedChecks = 0;
		last = outcome.value;
		say(`${last.statusWord ?? last.status} ${last.progress ?? ''}`.trim());
		const isLinkLate = last.status === 'succeeded' && last.isLinkLate === true;
		if (hasEnded(last.status) && !(isLinkLate && ++lateChecks < maxLateChecks)) return last;
	}
	return last === undefined
		? 'it was never seen'
		: `it was still ${last.status} after the last check`;
}
