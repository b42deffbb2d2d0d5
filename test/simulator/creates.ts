import { valueOrProblem } from '../providers/plain';
import { providerNames, providers } from '../../nodes/providers';
import { readReason } from '../../nodes/wire/failures';
import type { Provider } from '../../nodes/providers/provider';
import type { Call } from '../../nodes/wire/call';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator, LedgerEntry } from '../../workbench/simulator';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import type { Answer } from './calls';
import { readStreamUntil, send, sendCall } from './calls';

/** The providers with a route of their own for a video's bytes. */
export const providersWithContent = providerNames.filter((name) =>
	fixtures[name].downloads.some(({ call: { path } }) => path.endsWith('/content')),
);

/** The providers that take a form with the fields of OpenAI's own client. */
export const takesOpenAiForm = providerNames.filter((name) =>
	fixtures[name].operations.create?.requests.some(
		({ call: { path, form = [] } }) =>
			path === '/v1/videos' && form.some(({ field }) => field === 'input_reference'),
	),
);

const textIn = (value: string) => JSON.stringify(value).slice(1, -1);

/** A call with one text replaced, encoded as in the original. */
export function withText(call: Call, from: string, to: string): Call {
	const text = JSON.stringify(call)
		.replaceAll(textIn(from), () => textIn(to))
		.replaceAll(encodeURIComponent(from), () => encodeURIComponent(to));
	return JSON.parse(text) as Call;
}

/** The create of a landscape video from text, with the default model. */
export function createCall(
	provider: ProviderName,
	prompt: string,
	operationName: 'create' | 'createExtended' = 'create',
): Call {
	const operation = (providers[provider] as Provider)[operationName];
	if (operation === undefined) throw new Error(`${provider} has no ${operationName}`);
	const model = operation.models[0]?.id ?? '';
	const { settings = {} } = fixtures[provider];
	return operation.request(inputWith({ model, prompt, promptExtend: 'It jumps' }), settings);
}

/** The documented status check of a job. */
function statusCall(provider: ProviderName, jobId: string): Call {
	const [check] = fixtures[provider].checks;
	if (check === undefined) throw new Error(`${provider} has no fixture for a check`);
	return withText(check.call, check.jobId, jobId);
}

export async function create(
	simulator: Simulator,
	provider: ProviderName,
	prompt: string,
): Promise<Answer> {
	return await sendCall(simulator, provider, createCall(provider, prompt));
}

/** Makes a create that must be accepted. Returns the answer as text, and the entry in the ledger. */
export async function createFrom(
	simulator: Simulator,
	provider: ProviderName,
	call: Call,
): Promise<{ text: string; entry: LedgerEntry }> {
	const before = simulator.ledger.length;
	// The stream of a chat lasts as long as its job: it is closed once the job is named.
	const text = call.path.endsWith('/chat/completions')
		? await readStreamUntil(simulator, provider, call, '/source/')
		: (await sendCall(simulator, provider, call)).text;
	const entry = simulator.ledger[before];
	if (entry === undefined) throw new Error(`${provider} refused: ${text}`);
	return { text, entry };
}

/** Creates a job that must be accepted, and returns its id. */
export async function createJob(
	simulator: Simulator,
	provider: ProviderName,
	prompt: string,
): Promise<string> {
	const { entry } = await createFrom(simulator, provider, createCall(provider, prompt));
	return entry.jobId;
}

export async function status(
	simulator: Simulator,
	provider: ProviderName,
	jobId: string,
): Promise<Answer> {
	const call = statusCall(provider, jobId);
	const [, atTaskData] = /^https:\/\/asyncdata\.net(\/.*)/.exec(call.path) ?? [];
	return atTaskData === undefined
		? await sendCall(simulator, provider, call)
		: await send(simulator.taskDataUrl + atTaskData);
}

const toAnswer = ({ httpStatus, json }: Answer) => ({
	...{ httpStatus, contentType: 'application/json', body: json },
});

/** The answer with the status of a job, which may be behind that of the check. */
export async function finalStatus(
	simulator: Simulator,
	provider: ProviderName,
	jobId: string,
): Promise<Answer> {
	const answer = await status(simulator, provider, jobId);
	const { next } = (providers[provider] as Provider).status;
	const call = next?.(toAnswer(answer), jobId, {});
	return call === undefined ? answer : await sendCall(simulator, provider, call);
}

/** The first file of a finished job, from the provider's route for files. */
export async function contentOf(
	simulator: Simulator,
	provider: ProviderName,
	jobId: string,
): Promise<Answer> {
	const { download } = providers[provider] as Provider;
	const call = download?.(jobId, {}, { index: 0 });
	if (call === undefined) throw new Error(`${provider} has no route for files`);
	const answer = await sendCall(simulator, provider, call);
	const { embeddedFile } = call;
	if (embeddedFile === undefined) return answer;
	const member = new RegExp(`"${embeddedFile.member}":\\s*"([^"]+)"`);
	const base64 = member.exec(answer.text)?.[1] ?? '';
	return { ...answer, bytes: Buffer.from(base64, 'base64') };
}

/** The status of a job as the provider's mapping reads it. */
export async function readState(simulator: Simulator, provider: ProviderName, jobId: string) {
	const answer = toAnswer(await finalStatus(simulator, provider, jobId));
	return valueOrProblem((providers[provider] as Provider).status.read(answer));
}

/** The HTTP status of a request that is invalid. */
export const invalidStatus = (provider: ProviderName) =>
	fixtures[provider].refusals.some(({ httpStatus }) => httpStatus === 422) ? 422 : 400;

/** A rejection has a reason, and starts no job. */
export function expectRefusal(simulator: Simulator, answer: Answer, httpStatus: number): void {
	expect({ httpStatus: answer.httpStatus, reason: readReason(answer.json) }).toEqual({
		httpStatus,
		reason: expect.any(String),
	});
	expect(simulator.ledger).toEqual([]);
}
