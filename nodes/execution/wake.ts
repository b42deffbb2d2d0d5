import { createHash, timingSafeEqual } from 'node:crypto';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ITaskData,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

/*
 * How a provider's call ends a suspension before its time. See docs/suspending.md. n8n resumes an execution
 * that waits when somebody calls its resume URL, if the node that waits has a webhook of that path.
 */

// A path of its own: at the resume URL as it is, a late call could resume another node of the execution.
const wakePath = 'veo-wake';
const tokenParameter = 'signature';

/** The webhook of a waiting node. A constant, as in n8n's "send and wait" nodes: it is no trigger. */
export const wakeWebhooks: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: wakePath,
		restartWebhook: true,
		isFullPath: true,
	},
];

/** Finds wake URLs as far as they are secret, also without the host. What other programs add behind the token stays. */
export const wakeUrlPattern = new RegExp(
	`(?:https?://[^\\s"'<>\\\\]{1,300}?)?/${wakePath}\\?${tokenParameter}=[\\w-]{1,200}`,
	'gi',
);

/** The URL that resumes this execution; undefined where n8n does not sign it, as before n8n 2.14. */
export function readWakeUrl(context: IExecuteFunctions): URL | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as { $execution?: IDataObject };
	return toWakeUrl($execution?.resumeUrl);
}

/** Without a token anybody who counts could call it, and n8n 1.x runs what comes after the node twice. */
function toWakeUrl(resumeUrl: unknown): URL | undefined {
	if (typeof resumeUrl !== 'string' || !URL.canParse(resumeUrl)) return undefined;
	const url = new URL(resumeUrl);
	if (!url.searchParams.get(tokenParameter)) return undefined;
	url.pathname = `${url.pathname.replace(/\/+$/, '')}/${wakePath}`;
	return url;
}

/** What a call said, as far as it is used. */
export interface WakeNote {
	/** Hashes of the IDs that the body named: the node looks for its own jobs among them. */
	named: string[];
}

// Beyond the outputs of the node: what stands on one that is connected would go to the next node.
const noteOutput = 3;

/**
 * Answers a call to a waiting node. Never throws: n8n would pass the error to the next node as an item. Of the
 * body, only the hashes of the IDs in it are kept, until the node runs.
 */
export function receiveWake(
	context: IWebhookFunctions,
	readJobIds: (body: unknown) => string[],
): IWebhookResponseData {
	if (!isSigned(context)) {
		context.getResponseObject().status(401).json({ message: 'The signature is missing or wrong' });
		return { noWebhookResponse: true };
	}
	const named = [...new Set(readJobIds(context.getBodyData()))].map(hash);
	const note: INodeExecutionData = { json: { named } };
	const outputs = Array.from({ length: noteOutput }, (): INodeExecutionData[] => []);
	// n8n before 2.26 passes on the first output only: the node is woken without the note.
	return { workflowData: [...outputs, [note]] };
}

/** n8n checks this too, from 2.14 on. Older ones resume for anybody. */
function isSigned(context: IWebhookFunctions): boolean {
	try {
		const url = toWakeUrl(context.evaluateExpression('{{ $execution.resumeUrl }}'));
		const given = (context.getQueryData() as IDataObject)[tokenParameter];
		const token = url?.searchParams.get(tokenParameter);
		return typeof token === 'string' && typeof given === 'string' && isEqual(given, token);
	} catch {
		return false;
	}
}

const isEqual = (given: string, token: string) =>
	timingSafeEqual(Buffer.from(hash(given)), Buffer.from(hash(token)));

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Takes the note of a call out of the run of the waiting entry, in which n8n keeps it. */
export function takeWakeNote(run: ITaskData | undefined): WakeNote | undefined {
	const outputs = run?.data?.main;
	const named = outputs?.[noteOutput]?.[0]?.json.named;
	outputs?.splice(1);
	if (!Array.isArray(named)) return undefined;
	return { named: named.filter((each) => typeof each === 'string') };
}

/**
 * Which jobs a call named; undefined where it named none. An ID of ours may have a path or a word before the
 * provider's own.
 */
export function namedJobs(note: WakeNote | undefined): ((jobId: string) => boolean) | undefined {
	const named = new Set(note?.named);
	if (named.size === 0) return undefined;
	return (jobId) => [jobId, jobId.replace(/^.*[/:]/s, '')].some((form) => named.has(hash(form)));
}

/** The jobs of this execution whose providers have its wake URL. */
interface WakingJobs {
	executionId: string;
	jobIds: string[];
}

/** In the context of the execution, which n8n stores with it. "Retry execution" brings along another's. */
function readWakingJobs(context: IExecuteFunctions): WakingJobs | undefined {
	const { veoWakingJobs } = context.getContext('flow') as { veoWakingJobs?: WakingJobs };
	return veoWakingJobs?.executionId === context.getExecutionId() ? veoWakingJobs : undefined;
}

/** Notes that the provider of a job will call this execution. */
export function expectCallback(context: IExecuteFunctions, jobId: string): void {
	const waking = readWakingJobs(context) ?? { executionId: context.getExecutionId(), jobIds: [] };
	waking.jobIds.push(jobId);
	context.getContext('flow').veoWakingJobs = waking;
}

/** The jobs whose providers will call this execution. */
export const listExpectedCallbacks = (context: IExecuteFunctions): ReadonlySet<string> =>
	new Set(readWakingJobs(context)?.jobIds);
