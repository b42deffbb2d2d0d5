import type { Fault } from '../../workbench/simulator';

export type NamedFault = Pick<
	Fault,
	'kind' | 'httpStatus' | 'retryAfterSeconds' | 'text' | 'location' | 'delayMs'
>;

const text = (body: string): NamedFault => ({ kind: 'text', text: body });
/** An error in the shape of the provider. */
const refuse = (httpStatus: number, retryAfterSeconds?: number): NamedFault => ({
	kind: 'status',
	httpStatus,
	retryAfterSeconds,
});

/** A create. No item is paid for twice, whatever happens. */
export type CreateOutcome =
	/** One request started one job, whose id is returned. */
	| 'started'
	/** Certainly not accepted: sent again, started once. */
	| 'sentAgain'
	/** Nothing was started, and nothing is sent again. */
	| 'refused'
	/** As `unknown`, at a provider that lists the jobs of an account: its job was found there. */
	| 'found'
	/** A job may have been started. Never sent again, and the error says so. */
	| 'unknown';

/** A check. The job is paid for already: its id is returned in every case. */
export type StatusOutcome =
	/** Read as if nothing had happened. */
	| 'read'
	/** Checked again, and the job succeeded. */
	| 'checkedAgain'
	/** No answer until the tolerance was used up. */
	| 'unanswered'
	/** Rate-limited, which is no failed check: checked until the deadline, whose error says so. */
	| 'limited'
	/** The provider rejected the check. */
	| 'refused';

/** A download. The video is paid for: the job and its link are returned in every case. */
export type DownloadOutcome =
	| 'fetched'
	/** From its beginning, without a new job. */
	| 'fetchedAgain'
	/** From the byte where it broke off. */
	| 'resumed'
	| 'failed';

/** The list of models in the editor. It never fails. */
export type ModelsOutcome =
	/** With the models of the provider. */
	| 'all'
	/** The provider's suggestions alone. */
	| 'suggestions';

/** What n8n shows after the test of a credential. */
export type KeyOutcome =
	| 'passed'
	| 'wrongKey'
	/** By the provider, or by a firewall in front of it. */
	| 'forbidden'
	| 'wrongAddress'
	| 'leadsElsewhere'
	| 'outOfOrder'
	/** Not passed, in words of n8n. */
	| 'n8nSays'
	/**
	 * Not played: n8n itself waits without an end, or reads everything into memory. Nothing of this
	 * package runs during the test of a credential.
	 */
	| 'notOurs';

/** The outcome where the fault comes once, and where it comes again and again. */
type OnceAndAlways<Outcome> = readonly [once: Outcome, always: Outcome];

export interface Outcomes {
	create: CreateOutcome;
	/** Where the create answers with a stream: the id stands at its beginning, and half of it is enough. */
	streamedCreate?: CreateOutcome;
	status: OnceAndAlways<StatusOutcome>;
	download: OnceAndAlways<DownloadOutcome>;
	models: ModelsOutcome;
	key: KeyOutcome;
}

const harmless: Outcomes = {
	create: 'started',
	status: ['read', 'read'],
	download: ['fetched', 'fetched'],
	models: 'all',
	key: 'passed',
};
const passing: Outcomes = {
	create: 'unknown',
	status: ['checkedAgain', 'unanswered'],
	download: ['fetchedAgain', 'failed'],
	models: 'suggestions',
	key: 'n8nSays',
};
const endingEarly: Outcomes = { ...passing, download: ['resumed', 'failed'] };
const breakingOff: Outcomes = { ...endingEarly, streamedCreate: 'started' };
/** An answer that is none, with HTTP 200. */
const meaningless: Outcomes = { ...passing, key: 'wrongAddress' };
/** The beginning of one. */
const cut: Outcomes = { ...meaningless, streamedCreate: 'started' };
const tooLong: Outcomes = { ...passing, download: ['failed', 'failed'], key: 'notOurs' };
/** Whole, but a file has something in front of it then. */
const noVideo: Outcomes = { ...harmless, download: ['failed', 'failed'] };
// The origin processes nothing that it sends elsewhere. At once it would do so again.
const redirecting: Outcomes = { ...passing, create: 'refused', key: 'leadsElsewhere' };
const outOfOrder: Outcomes = { ...passing, key: 'outOfOrder' };
const notAccepting: Outcomes = {
	...passing,
	create: 'sentAgain',
	status: ['checkedAgain', 'limited'],
};
const refusing: Outcomes = {
	create: 'refused',
	status: ['refused', 'refused'],
	download: ['failed', 'failed'],
	models: 'suggestions',
	key: 'n8nSays',
};
/** A conflict with a request like it, or a time-out behind the door: a create may be under way. */
const conflicting: Outcomes = { ...refusing, create: 'unknown' };

/** Every fault, and its outcome on every route, written by hand. */
const table = {
	'late answer': [{ kind: 'delay', delayMs: 100 }, harmless],
	'early hints before it': [{ kind: 'early' }, harmless],
	'early hints only': [{ kind: 'earlyOnly' }, passing],
	'101 switching': [{ kind: 'switching' }, { ...passing, key: 'notOurs' }],
	'204': [{ kind: 'empty', httpStatus: 204 }, meaningless],
	'206 half of it': [{ kind: 'partial' }, cut],
	// Only a download follows, and the key stays.
	'301 elsewhere': [{ kind: 'redirect', httpStatus: 301 }, redirecting],
	'302 elsewhere': [{ kind: 'redirect', httpStatus: 302 }, redirecting],
	// It was processed, and its result is elsewhere.
	'303 elsewhere': [
		{ kind: 'redirect', httpStatus: 303 },
		{ ...redirecting, create: 'unknown' },
	],
	'307 elsewhere': [{ kind: 'redirect', httpStatus: 307 }, redirecting],
	'308 elsewhere': [{ kind: 'redirect', httpStatus: 308 }, redirecting],
	'302 in a loop': [{ kind: 'redirectLoop' }, redirecting],
	'302 nowhere': [{ kind: 'redirect', location: '' }, redirecting],
	'304': [{ kind: 'empty', httpStatus: 304 }, passing],
	// What download routes say while the file is not there yet.
	'400': [refuse(400), { ...refusing, download: ['fetchedAgain', 'failed'] }],
	'401': [refuse(401), { ...refusing, key: 'wrongKey' }],
	'402': [refuse(402), refusing],
	'403': [refuse(403), { ...refusing, key: 'forbidden' }],
	// A new job may not be found yet on every server of a provider.
	'404': [
		refuse(404),
		{
			...refusing,
			status: ['checkedAgain', 'refused'],
			download: ['fetchedAgain', 'failed'],
			key: 'wrongAddress',
		},
	],
	'408': [refuse(408), passing],
	'409': [refuse(409), conflicting],
	'413': [refuse(413), refusing],
	'415': [refuse(415), refusing],
	'422': [refuse(422), refusing],
	'423': [refuse(423), conflicting],
	'424': [refuse(424), conflicting],
	'425': [refuse(425), notAccepting],
	'429': [refuse(429), notAccepting],
	'429 in 3 s': [refuse(429, 3), notAccepting],
	'499': [refuse(499), conflicting],
	'500': [refuse(500), passing],
	'502': [refuse(502), outOfOrder],
	'503': [refuse(503), outOfOrder],
	'503 in 20 s': [refuse(503, 20), outOfOrder],
	'504': [refuse(504), passing],
	'524': [refuse(524), passing],
	'web page, 200': [{ kind: 'htmlOk' }, meaningless],
	// It comes from a firewall in front of the provider, and says nothing about a job.
	'web page, 403': [
		{ kind: 'html', httpStatus: 403 },
		{ ...refusing, status: ['checkedAgain', 'unanswered'], key: 'forbidden' },
	],
	'web page, 502': [{ kind: 'html', httpStatus: 502 }, outOfOrder],
	'web page, 524': [{ kind: 'html', httpStatus: 524 }, passing],
	'empty, 200': [{ kind: 'empty' }, meaningless],
	'empty, 500': [{ kind: 'empty', httpStatus: 500 }, passing],
	'half a JSON': [{ kind: 'truncatedJson' }, cut],
	'JSON: {}': [text('{}'), meaningless],
	'JSON: []': [text('[]'), meaningless],
	'JSON: 42': [text('42'), meaningless],
	'JSON: null': [text('null'), meaningless],
	'JSON: "queued"': [text('"queued"'), meaningless],
	'JSON: ok, no job': [text('{"code":"success","message":"ok","data":null}'), meaningless],
	'JSON: yes, later': [text('{"code":"success","message":"请稍后再试"}'), meaningless],
	'JSON 100,000 deep': [{ kind: 'deepJson' }, noVideo],
	'JSON of 100 MB': [{ kind: 'hugeJson' }, tooLong],
	gzip: [{ kind: 'gzip' }, harmless],
	'gzip that is none': [{ kind: 'gzipBroken' }, endingEarly],
	'gzip cut': [{ kind: 'gzipCut' }, breakingOff],
	'gzip bomb, 1 GB': [{ kind: 'gzipBomb' }, tooLong],
	BOM: [{ kind: 'bom' }, noVideo],
	'UTF-8 in pieces': [{ kind: 'splitText' }, harmless],
	// The whole answer is there.
	'length too long': [
		{ kind: 'lengthTooLong' },
		{ ...harmless, download: ['resumed', 'failed'], key: 'n8nSays' },
	],
	'length too short': [{ kind: 'lengthTooShort' }, { ...passing, streamedCreate: 'started' }],
	'half a body': [{ kind: 'shortBody' }, breakingOff],
	'chunks unended': [{ kind: 'chunksUnended' }, breakingOff],
	'chunk garbage': [{ kind: 'chunkGarbage' }, breakingOff],
	'header garbage': [{ kind: 'headerGarbage' }, passing],
	'headers of 256 KB': [{ kind: 'headersTooLong' }, passing],
	'not HTTP': [{ kind: 'notHttp' }, passing],
	'reset before headers': [{ kind: 'resetBeforeHeaders' }, passing],
	'reset after headers': [{ kind: 'resetAfterHeaders' }, endingEarly],
	'reset in the body': [{ kind: 'resetMidBody' }, breakingOff],
	'hung before headers': [{ kind: 'hang' }, passing],
	'hung after headers': [{ kind: 'hangAfterHeaders' }, breakingOff],
	'byte by byte, for ever': [{ kind: 'drip' }, tooLong],
} satisfies Record<string, [NamedFault, Outcomes]>;

export type FaultName = `${keyof typeof table}`;
export const faultNames = Object.keys(table) as FaultName[];
export const faultNamed = (name: FaultName): NamedFault => table[name][0];
export const outcomesOf = (name: FaultName): Outcomes => table[name][1];
