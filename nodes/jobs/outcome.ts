import type { Failure } from './job';

/** A call without a result, by what is certain about it. */
export type NoResult =
	/** The provider processed the request and rejected it. */
	| { kind: 'refused'; failure: Failure; httpStatus: number }
	/** Certainly not accepted: never reached, or a rate limit. `permanent`: an immediate retry is pointless. */
	| { kind: 'notAccepted'; failure: Failure; retryAfterMs?: number; permanent?: boolean }
	/** Possibly accepted: no answer, a broken one, or a server error. */
	| {
			kind: 'unknown';
			failure: Failure;
			retryAfterMs?: number;
			/** The job that the answer to a create names. */
			jobId?: string;
			/** An HTML page with HTTP 2xx, 404 or 405, or a redirect: the address may be a website's, not an API's. */
			isWebPage?: boolean;
	  };

/** The outcome of a call. */
export type Outcome<Value> = { kind: 'read'; value: Value } | NoResult;
