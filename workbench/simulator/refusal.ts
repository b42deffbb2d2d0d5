/** A request that is not accepted. Each provider gives it the shape of its own error bodies. */
export class Refusal extends Error {
	constructor(
		readonly httpStatus: number,
		/** The family's machine word, such as `invalid_request`; empty where it has none. */
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
