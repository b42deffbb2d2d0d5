import { generateKeyPairSync } from 'node:crypto';
import { createOnce } from '../../nodes/create/createOnce';
import { readConnection } from '../../nodes/fields/connection';
import type { ProviderConnection } from '../../nodes/fields/connection';
import type { JobState } from '../../nodes/jobs/job';
import { hasEnded } from '../../nodes/jobs/job';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { callAndRead } from '../../nodes/transport/callAndRead';
import { downloadVideo } from '../../nodes/transport/download/downloadVideo';
import { createStatusCheck } from '../../nodes/poll/statusChecks';
import { listSources } from '../../nodes/poll/videoFiles';
import type { Answer, Call, CreatedJob } from '../../nodes/wire/call';
import { facts } from './facts';
import type { Recorder, Recording, Step } from './recorder';
import { recordingContext } from './recorder';
import { redact, standIn } from './redact';
import { fillSettings, keyTestCall, modelsOf, readStep, toInput, verifyPrompt } from './steps';

type Fields = Record<string, string>;

export interface VerifyOptions {
	provider: ProviderName;
	/** The fields of its credential. */
	values: Fields;
	/** The cheapest one unless given. */
	model?: string;
	/** Asked before the one paid request. Without it the free part alone runs. */
	confirm?(): Promise<boolean>;
	say(text: string): void;
	/** Between two checks. False ends the waiting for the job. */
	wait(milliseconds: number): Promise<boolean>;
}

interface Run extends VerifyOptions {
	recorder: Recorder;
	connection: ProviderConnection;
}

const maxFreeMs = 20_000;
const checkEveryMs = 10_000;
// The slowest jobs that users report take a quarter of an hour.
const maxChecks = 120;
// Two minutes: longer than a limit per minute lasts.
const maxFailedChecks = 12;
const maxLateChecks = 3;
const maxDownloads = 3;
const maxDownloadMs = 5 * 60_000;

/**
 * Tries a provider: what is free, and with `confirm` one paid job. Throws only before anything is sent. The
 * recording has no secret; `secrets` has every text that no file may contain.
 */
export async function verify(
	options: VerifyOptions,
): Promise<{ recording: Recording; secrets: string[]; file?: Buffer }> {
	const { provider: name, values, say } = options;
	const provider = providerNamed(name) as Provider;
	const { credential, secretFields = ['apiKey'] } = provider;
	const recorder: Recorder = { step: 'keyTest', exchanges: [], sentKeys: new Set() };
	const connect = async (fields: Fields) =>
		await readConnection(recordingContext(recorder, credential, fields), provider);
	const connection = await connect(values);
	const wrongConnection = await connect(withWrongKey(values));
	const problem = await tryAll({ ...options, recorder, connection }, wrongConnection).catch(
		// A mistake of ours must not lose the recording of a job that was paid for.
		(error: unknown) => `verify has a mistake: ${String(error)}`,
	);
	const { mask, settings } = connection;
	if (problem !== undefined) say(mask.message(problem));
	const { exchanges, file, sentKeys } = recorder;
	const { model } = toInput(name, options.model);
	const recording = redact(
		{ provider: name, model, date: new Date().toISOString(), problem, exchanges },
		{ mask, account: settings.projectId ?? '', prompt: verifyPrompt },
	);
	const secrets = [...secretFields.map((field) => values[field] ?? ''), ...sentKeys];
	return { recording, secrets: secrets.filter((secret) => secret !== ''), file };
}

/** The same credential with a key of the same form that no account has. */
function withWrongKey({ apiKey, serviceAccountJson, ...others }: Fields): Fields {
	if (apiKey) return { ...others, apiKey: standIn(apiKey) };
	const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
	if (!serviceAccountJson) return { ...others, privateKey: pem };
	const account = { ...(JSON.parse(serviceAccountJson) as Fields), private_key: pem };
	return { ...others, serviceAccountJson: JSON.stringify(account) };
}

/** The steps in their order. Returns why they did not come to their end. */
async function tryAll(run: Run, wrongConnection: ProviderConnection): Promise<string | undefined> {
	const { provider: name, recorder, connection } = run;
	const { provider, settings } = connection;
	const attempt = async (step: Step, call: Call, used = connection) => {
		recorder.step = step;
		const read = (answer: Answer) => readStep(step, name, '', answer);
		return await callAndRead(used, call, read, { timeoutMs: maxFreeMs });
	};
	const test = keyTestCall(provider, settings);
	const accepted = await attempt('keyTest', test);
	await attempt('wrongKey', test, wrongConnection);
	const models = modelsOf(provider)?.request(settings, '');
	if (models) await attempt('models', models);
	const unknownJob = fillSettings(facts[name].unknownJob, settings);
	await attempt('unknownJob', provider.status.request(unknownJob, settings));
	if (accepted.kind !== 'read')
		return `The key was not accepted, and no job was sent: ${accepted.failure.message}`;
	return (await run.confirm?.()) ? await spend(run) : undefined;
}

/** Makes one job and gets its video. Returns what went wrong, if anything did. The create is sent once. */
async function spend(run: Run): Promise<string | undefined> {
	const { provider: name, recorder, connection, say, wait } = run;
	const { provider, settings } = connection;
	const input = toInput(name, run.model);
	const rejection = provider.create.reject?.(input);
	if (rejection !== undefined) return `Nothing was sent: ${rejection}`;
	recorder.step = 'create';
	const call = provider.create.request(input, settings);
	const created = await createOnce(connection, call, provider.create, input);
	if (created.kind === 'unknown')
		return `A job may have been started and paid for: look at the provider's own list. ${created.failure.message}`;
	if (created.kind !== 'read') return `No job was started: ${created.failure.message}`;
	const { jobId } = created.value;
	say(`Job ${jobId} was started`);
	const state = await waitForEnd(run, created.value);
	if (typeof state === 'string') return `Job ${jobId}: ${state}`;
	if (state.status !== 'succeeded') return `Job ${jobId} ended as ${state.status}`;
	recorder.step = 'download';
	const sources = listSources(connection, { jobId, checks: 0, state }, 0);
	const source = { sources, fileName: `${name}.mp4`, leftMs: () => maxDownloadMs };
	for (let downloads = 1; ; downloads++) {
		const found = await downloadVideo(connection, source);
		if (found.kind === 'file') return undefined;
		const isLast = !found.isTransient || downloads === maxDownloads;
		if (isLast || !(await wait(checkEveryMs))) return `Job ${jobId}: ${found.failure.message}`;
	}
}

/** The last state of a job, or why it is not known. */
async function waitForEnd(run: Run, { jobId, state }: CreatedJob): Promise<JobState | string> {
	const { recorder, connection, say, wait } = run;
	if (connection.provider.status.cannotCheck?.(jobId)) return state;
	const check = createStatusCheck(connection, new Map(), {});
	let failedChecks = 0;
	let lateChecks = 0;
	for (let checks = 0; checks < maxChecks; checks++) {
		if (!(await wait(checkEveryMs))) return 'it may still be running, and was not waited for';
		recorder.step = 'status';
		const before = recorder.exchanges.length;
		const outcome = await check(jobId, 60_000);
		// A second call is for the result.
		for (const exchange of recorder.exchanges.slice(before + 1)) exchange.step = 'result';
		if (outcome.kind !== 'read') {
			const { message } = outcome.failure;
			say(message);
			if (++failedChecks === maxFailedChecks) return `it cannot be checked: ${message}`;
			continue;
		}
		failedChecks = 0;
		const { status, statusWord = status, progress = '', ...rest } = outcome.value;
		say(`${statusWord} ${progress}`);
		const isLinkLate = 'isLinkLate' in rest && rest.isLinkLate && ++lateChecks < maxLateChecks;
		if (hasEnded(status) && !isLinkLate) return outcome.value;
	}
	return 'it had not ended after the last check';
}
