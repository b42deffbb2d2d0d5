import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ItemResult } from '../execution/results';
import { inputError } from '../fields/operationInput';
import { toJob } from '../jobs/job';
import type { OperationInput, OptionFields } from '../providers/provider';
import type { RehearsalOutcome } from '../rehearsal/rehearsal';
import {
	createRehearsalId,
	isRehearsalId,
	rehearsalOutcomes,
	rehearsalState,
} from '../rehearsal/rehearsal';
import type { Call } from '../wire/call';
import { isImageBytes } from '../wire/call';

/** Whether an item is to be rehearsed. An expression may return text: in doubt nothing is sent. */
export function isRehearsed(context: IExecuteFunctions, itemIndex: number): boolean {
	const { rehearse } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	return ![undefined, null, false, 0, '', 'false', '0', 'no'].includes(rehearse as string);
}

/** What the rehearsal of an item comes to. */
export function readRehearsalOutcome(
	context: IExecuteFunctions,
	itemIndex: number,
): RehearsalOutcome {
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const { rehearseOutcome = 'succeeded' } = options;
	const outcome = rehearsalOutcomes.find((each) => each === rehearseOutcome);
	if (outcome !== undefined) return outcome;
	throw inputError(
		context,
		itemIndex,
		`Rehearsal Outcome is ${JSON.stringify(rehearseOutcome)}`,
		`It must be one of ${rehearsalOutcomes.join(', ')}.`,
	);
}

/** The problem of continuing a rehearsal for money, or a real job in a rehearsal, if so. */
export function findSourceProblem(sourceId: string, isRehearsed: boolean): string | undefined {
	if (sourceId === '' || isRehearsalId(sourceId) === isRehearsed) return undefined;
	return isRehearsed
		? `${sourceId} is a real job, and a rehearsal continues rehearsals only`
		: `${sourceId} is the ID of a rehearsal: no provider has such a job`;
}

/** The job of an item that is rehearsed, with the request that would have been sent. */
export function rehearsedResult(
	itemIndex: number,
	provider: string,
	outcome: RehearsalOutcome,
	{ model, prompt, sourceId, promptExtend, aspectRatio }: OperationInput<OptionFields>,
	call: Call,
): ItemResult {
	const startedAt = Date.now();
	const isExtended = sourceId !== '' || promptExtend !== '';
	const jobId = createRehearsalId({ outcome, aspectRatio, isExtended, startedAt });
	const state = rehearsalState(jobId, startedAt);
	const job = toJob(state, { provider, jobId, model, prompt, request: describeCall(call) });
	return { itemIndex, job };
}

/** A call as it is shown: without headers and address, and each image as its name, type and size. */
function describeCall({ method, path, query, json, form }: Call): Record<string, unknown> {
	const shown = {
		method,
		path: URL.canParse(path) ? new URL(path).pathname : path,
		query,
		json,
		form,
	};
	return JSON.parse(
		JSON.stringify(shown, (_key, value: unknown) =>
			isImageBytes(value)
				? { fileName: value.fileName, mimeType: value.mimeType, bytes: value.bytes.length }
				: value,
		),
	) as Record<string, unknown>;
}
