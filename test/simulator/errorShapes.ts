import type { Answer } from './calls';
import type { Simulator } from '../../workbench/simulator';

export const text = expect.any(String);

/** The error bodies of the documents. */
export const shapes = {
	openAi: (type = 'invalid_request_error', code: unknown = expect.anything()) => ({
		error: { message: text, type, param: null, code },
	}),
	newApiTask: (code: string) => ({ code, message: text, data: null }),
	newApiDoor: (code = '') => ({ error: { message: text, type: 'new_api_error', code } }),
	newApiContent: (type: string) => ({ error: { message: text, type } }),
	apimp: (code: number, type = 'invalid_request_error') => ({
		code,
		error: { message: text, type },
	}),
	newApiChat: (code: string) => ({
		error: { message: text, type: 'new_api_error', param: '', code },
	}),
};

/** A refusal buys nothing. */
export function expectRefusal(
	simulator: Simulator,
	answer: Answer,
	httpStatus: number,
	body: unknown,
): void {
	expect({ httpStatus: answer.httpStatus, body: answer.json }).toEqual({ httpStatus, body });
	expect(simulator.ledger).toEqual([]);
}
