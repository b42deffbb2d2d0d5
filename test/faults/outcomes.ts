import type { FaultName } from './faultList';

/*
 * What becomes of every fault on every route: the whole table, written by hand.
 */

/** A create. Whatever happens, one item never buys two jobs. */
export type CreateOutcome =
	/** The job was bought once, and its id came out of the one request. */
	| 'started'
	/** The provider had certainly not taken it: sent again, bought once. */
	| 'sentAgain'
	/** Nothing was bought, and nothing is sent again. */
	| 'refused'
	/** Nobody knows: a job may have been bought. Never sent again, and the error says so. */
	| 'unknown';

/** A check. The job is bought already: its id comes out in every case. */
export type StatusOutcome =
	/** Read as if nothing had happened. */
	| 'read'
	/** Asked again, and the job ended well. */
	| 'checkedAgain'
	/** The provider did not answer until the tolerance was used up. */
	| 'unanswered'
	/** Asked too often each time, which is no failed check: asked on, and told so at the deadline. */
	| 'limited'
	/** The provider understood and said no. */
	| 'refused';

/** A download. The video is paid for: the job and its link come out in every case. */
export type DownloadOutcome =
	| 'fetched'
	/** From its beginning, without a new job. */
	| 'fetchedAgain'
	/** From the byte where it broke off. */
	| 'resumed'
	| 'failed';

/** The list of models in the editor. It never fails. */
export type ModelsOutcome =
	/** With what the provider names. */
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

export const outcomes: Record<FaultName, Outcomes> = {
	'late answer': harmless,
	'early hints before it': harmless,
	'early hints only': passing,
	'101 switching': { ...passing, key: 'notOurs' },
	'204': meaningless,
	'206 half of it': { ...meaningless, streamedCreate: 'started' },
	// Only a download follows, and the key stays.
	'301 elsewhere': redirecting,
	'302 elsewhere': redirecting,
	// It was processed, and its result is elsewhere.
	'303 elsewhere': { ...redirecting, create: 'unknown' },
	'307 elsewhere': redirecting,
	'308 elsewhere': redirecting,
	'302 in a loop': redirecting,
	'302 nowhere': redirecting,
	'304': passing,
	// What download routes say while the file is not there yet.
	'400': { ...refusing, download: ['fetchedAgain', 'failed'] },
	'401': { ...refusing, key: 'wrongKey' },
	'402': refusing,
	'403': { ...refusing, key: 'forbidden' },
	// A new job may not be found yet on every server of a provider.
	'404': {
		...refusing,
		status: ['checkedAgain', 'refused'],
		download: ['fetchedAgain', 'failed'],
		key: 'wrongAddress',
	},
	'408': passing,
	'409': conflicting,
	'413': refusing,
	'415': refusing,
	'422': refusing,
	'423': conflicting,
	'424': conflicting,
	'425': notAccepting,
	'429': notAccepting,
	'429 in 3 s': notAccepting,
	'499': conflicting,
	'500': passing,
	'502': outOfOrder,
	'503': outOfOrder,
	'503 in 20 s': outOfOrder,
	'504': passing,
	'524': passing,
	'web page, 200': meaningless,
	// It comes from what stands before the provider, and tells nothing about a job.
	'web page, 403': { ...refusing, status: ['checkedAgain', 'unanswered'], key: 'forbidden' },
	'web page, 502': outOfOrder,
	'web page, 524': passing,
	'empty, 200': meaningless,
	'empty, 500': passing,
	'half a JSON': { ...meaningless, streamedCreate: 'started' },
	'JSON: {}': meaningless,
	'JSON: []': meaningless,
	'JSON: 42': meaningless,
	'JSON: null': meaningless,
	'JSON: "queued"': meaningless,
	'JSON: ok, no job': meaningless,
	'JSON: yes, later': meaningless,
	// A file has something in front of it then, and is no video.
	'JSON 100,000 deep': { ...harmless, download: ['failed', 'failed'] },
	'JSON of 100 MB': { ...passing, download: ['failed', 'failed'], key: 'notOurs' },
	gzip: harmless,
	'gzip that is none': endingEarly,
	'gzip cut': breakingOff,
	'gzip bomb, 1 GB': { ...passing, download: ['failed', 'failed'], key: 'notOurs' },
	BOM: { ...harmless, download: ['failed', 'failed'] },
	'UTF-8 in pieces': harmless,
	// The whole answer is there all the same.
	'length too long': { ...harmless, download: ['resumed', 'failed'], key: 'n8nSays' },
	'length too short': { ...passing, streamedCreate: 'started' },
	'half a body': breakingOff,
	'chunks unended': breakingOff,
	'chunk garbage': breakingOff,
	'header garbage': passing,
	'headers of 256 KB': passing,
	'not HTTP': passing,
	'reset before headers': passing,
	'reset after headers': endingEarly,
	'reset in the body': breakingOff,
	'hung before headers': passing,
	'hung after headers': breakingOff,
	'byte by byte, for ever': { ...passing, download: ['failed', 'failed'], key: 'notOurs' },
};
