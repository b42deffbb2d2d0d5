/** A rejected request. Each provider formats it as its own error body. */
export class Refusal extends Error {
	constructor(
		readonly httpStatus: number,
		/** The family's error code, such as `invalid_request`; empty if it has none. */
		readonly code: string,
		message: string,
		readonly headers: Record<string, string> = {},
	) {
		super(message);
	}
}

export function invalid(message: string): Refusal {
	return new Refusal(400, 'invalid_request', message);
}
