import { createHash } from 'node:crypto';
import type { Job } from './job';
import { jobStatuses } from './job';

/** The recorded outcome of one create. Either kind may have cost money. */
export type RecordedCreate = { kind: 'job'; job: Job } | { kind: 'unknown'; reason: string };

/**
 * Remembers the creates of an execution. Retry On Fail and "retry execution" run the whole node again and
 * keep its context: a recorded create is handed back then instead of being bought again.
 */
export interface Ledger {
	recall(itemIndex: number, request: string): RecordedCreate | undefined;
	record(itemIndex: number, request: string, create: RecordedCreate): void;
	/** Whether a job is recorded, for any item. */
	hasJob(jobId: string): boolean;
	/** Whether an item may have a record. For the tool of an agent only its request shows that. */
	mayHave(itemIndex: number): boolean;
	/** How many creates of this execution are recorded: each was started, or may have been. */
	countStarted(): number;
	/** For how many items and scenes there are records, also of earlier executions. */
	countRecorded(): number;
	/** Removes the record of a create that the provider certainly did not accept. */
	forget(itemIndex: number, request: string): void;
	/** The names of a create. Two creates that must not both be sent, in whichever execution, share one. */
	listNames(itemIndex: number, request: string): string[];
	/** The ledger for one scene of each item. The first scene is the item itself. */
	ofScene(scene: number): Ledger;
}

/** The run of a node: n8n's own numbers for it, and the node's fields as they are saved. */
export interface NodeRun {
	executionId: string;
	/** Undefined for the tool of an agent, where the same request in another run means the same job. */
	runIndex: number | undefined;
	fields: object;
}

// n8n stores the entries under this name. cspell:ignore submission submissions
const storedAs = 'submissions';

/** As stored. `fields` and `request` are hashes. */
interface Entry {
	executionId: string;
	fields: string;
	request: string;
	create: RecordedCreate;
}

/**
 * The count of the last execution with these entries. The calls of a tool that an agent makes at once have a
 * ledger each, and count together. Kept, because each item of a run asks for it.
 */
const startedCounts = new WeakMap<object, { executionId: string; started: number }>();

/**
 * A ledger inside the node's context, which n8n stores with the execution. Within one execution an item
 * is bought once, also if an expression such as `{{ $now }}` or a random seed has another value at each
 * try. After "retry execution" it is bought again only if the user changed the node's fields, and with
 * them the request.
 */
export function createLedger(
	context: Record<string, unknown>,
	{ executionId, runIndex, fields }: NodeRun,
): Ledger {
	const found = context[storedAs];
	const stored = isRecord(found) ? found : {};
	context[storedAs] = stored;
	const run = runIndex === undefined ? undefined : numberRun(context, found, runIndex);
	const fieldsHash = hash(JSON.stringify(fields));
	const createRequestKey = createRequestKeys();
	const createKey = (place: string, request: string) =>
		run === undefined ? createRequestKey(place, hash(request)) : `${run}:${place}`;
	const isOwn = (entry: Entry) => entry.executionId === executionId;
	const known = startedCounts.get(stored);
	const count =
		known?.executionId === executionId
			? known
			: {
					executionId,
					started: Object.values(stored).flatMap(readEntries).filter(isOwn).length,
				};
	startedCounts.set(stored, count);
	/** Replaces the entry of this execution. */
	const replace = (key: string, ...entry: Entry[]) => {
		const entries = readEntries(stored[key]);
		const others = entries.filter((each) => !isOwn(each));
		count.started += entry.length - (entries.length - others.length);
		stored[key] = [...others, ...entry];
	};
	const openScene = (scene: number): Ledger => {
		const toPlace = (itemIndex: number) => (scene === 1 ? `${itemIndex}` : `${itemIndex}:${scene}`);
		return {
			recall: (itemIndex, request) => {
				const requestHash = hash(request);
				const isSame = (entry: Entry) =>
					isOwn(entry) ||
					mayEqual(entry.fields, fieldsHash) ||
					mayEqual(entry.request, requestHash);
				const older = runIndex === undefined ? Object.keys(stored).filter(isOlderKey) : [];
				return [...older, createKey(toPlace(itemIndex), request)]
					.flatMap((key) => readEntries(stored[key]))
					.findLast(isSame)?.create;
			},
			record: (itemIndex, request, create) => {
				const entry = { executionId, fields: fieldsHash, request: hash(request), create };
				replace(createKey(toPlace(itemIndex), request), entry);
			},
			hasJob: (jobId) =>
				Object.values(stored)
					.flatMap(readEntries)
					.some(({ create }) => create.kind === 'job' && create.job.jobId === jobId),
			mayHave: (itemIndex) => run === undefined || `${run}:${toPlace(itemIndex)}` in stored,
			countStarted: () => count.started,
			countRecorded: () =>
				Object.values(stored).filter((each) => readEntries(each).length > 0).length,
			forget: (itemIndex, request) => {
				replace(createKey(toPlace(itemIndex), request));
			},
			listNames: (itemIndex, request) => {
				const key = createKey(toPlace(itemIndex), request);
				return [`${key}:${fieldsHash}`, `${key}:${hash(request)}`];
			},
			ofScene: openScene,
		};
	};
	return openScene(1);
}

// n8n stores them under this name.
const runsStoredAs = 'runs';

/**
 * The number of a run of the node in its execution, in the order in which they began, from 0. n8n's own
 * numbers also count the entries in which the node waited or had its progress stored, and a retry may wait
 * more often. To an execution that was killed before it was stored, n8n adds a run of each node that its event
 * log names. Under another number a retry would send a create again that was sent.
 */
function numberRun(context: Record<string, unknown>, found: unknown, runIndex: number): number {
	const stored = context[runsStoredAs];
	// Creates that an earlier version of this package has recorded have the index as n8n counts.
	const counted = found === undefined ? 0 : runIndex;
	const runs: unknown[] = Array.isArray(stored) ? stored : [...Array(counted).keys()];
	context[runsStoredAs] = runs;
	if (!runs.includes(runIndex)) runs.push(runIndex);
	return runs.indexOf(runIndex);
}

/**
 * Gives each place, an item or a scene of it, the key of its request and of the number of places before it
 * in this run with the same one: equal items are a purchase each, and the same items in another run find the
 * same jobs.
 */
function createRequestKeys(): (place: string, request: string) => string {
	const placesByRequest = new Map<string, string[]>();
	return (place, request) => {
		const places = placesByRequest.get(request) ?? [];
		placesByRequest.set(request, places);
		if (!places.includes(place)) places.push(place);
		const before = places.indexOf(place);
		return before === 0 ? request : `${request}:${before}`;
	};
}

/** The same text for the same request only. Bytes are hashed, not copied. */
export function fingerprint(request: object): string {
	return JSON.stringify(request, (_key, value: unknown) =>
		isRecord(value) && value.bytes instanceof Uint8Array
			? { ...value, bytes: hash(value.bytes) }
			: value,
	);
}

const hash = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/*
 * Another version of this package may have written an entry, with another hash. In doubt it counts as the
 * same create: a job that is handed back by mistake costs nothing, one that is bought twice does.
 */

const mayEqual = (stored: string, own: string) => stored === own || !/^[0-9a-f]{64}$/.test(stored);
const isOlderKey = (key: string) => !/^[0-9a-f]{64}(?::\d+)?$/.test(key);

function readEntries(stored: unknown): Entry[] {
	if (stored === undefined) return [];
	return (Array.isArray(stored) ? stored : [stored]).map((each: unknown) => {
		const {
			executionId,
			fields,
			request,
			submission,
			create = submission,
		} = isRecord(each) ? each : {};
		return {
			executionId: String(executionId),
			fields: String(fields),
			request: String(request),
			create: readCreate(create),
		};
	});
}

// As text, a job without its usual members still has its id in the first characters.
const maxQuoted = 300;

/** Entries used to have a `submission`: { job } or { unknown: { message } }. */
function readCreate(stored: unknown): RecordedCreate {
	const { job, unknown, reason } = isRecord(stored) ? stored : {};
	if (isJob(job)) return { kind: 'job', job };
	const message = isRecord(unknown) ? unknown.message : reason;
	if (typeof message === 'string') return { kind: 'unknown', reason: message };
	const quoted = String(JSON.stringify(stored)).slice(0, maxQuoted);
	return { kind: 'unknown', reason: `an earlier try left a record that cannot be read: ${quoted}` };
}

function isJob(value: unknown): value is Job {
	return (
		isRecord(value) &&
		typeof value.provider === 'string' &&
		typeof value.jobId === 'string' &&
		typeof value.progress === 'number' &&
		jobStatuses.some((status) => status === value.status)
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
