import type { Failure } from './job';

/** How a call ended without a result, by what is certain about it. */
export type NoResult =
	/** The provider understood and said no. */
	| { kind: 'refused'; failure: Failure; httpStatus: number }
	/** It certainly took nothing: never reached, or 429. `lasting` = trying again at once is no use. */
	| { kind: 'notAccepted'; failure: Failure; retryAfterMs?: number; permanent?: boolean }
	/** It may have taken it: no answer, a broken one, or an error of its own. */
	| {
			kind: 'unknown';
			failure: Failure;
			retryAfterMs?: number;
			/** Of the job that the answer to a create names. */
			jobId?: string;
			/** An HTML page with HTTP 2xx, 404 or 405, or a redirect: a website may be at the address, not an API. */
			isWebPage?: boolean;
	  };

/** How a call ended. */
export type Outcome<Value> = { kind: 'read'; value: Value } | NoResult;
