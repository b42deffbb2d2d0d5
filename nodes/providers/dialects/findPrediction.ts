import { describeAnswer } from '../../wire/answers';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import * as read from '../../wire/readers';
import { sameJson } from '../../wire/sameJson';
import { withQuery } from '../../wire/writers';
import type { Callback, JobList, Provider } from '../provider';

/*
 * A prediction in the account's list: GET /v1/predictions, the newest first, 100 on a page. The input of a
 * create is no place for a marker, because a model may refuse a field that it does not have, and beside the
 * input the API refuses one (changelog, 2024-05-01). A query of the callback is meant for such data
 * (docs/topics/webhooks/setup-webhook), and the prediction repeats it (replicate-javascript, issue 321).
 */

const markerName = 'veo_create';
// The last parameter: a callback that was copied from another job has that job's before it.
const marker = new RegExp(`[?&]${markerName}=[\\w-]+(?=#|$)`);

/** Finds a prediction by the marker in its callback or, without a callback, by its model and input. */
export const findPrediction = (
	readCreated: (answer: Answer) => Reading<CreatedJob>,
): Provider['find'] => ({
	mark: (create, value) => {
		const webhook = read.readLink(create.json, 'webhook');
		if (webhook === undefined) return create;
		return { ...create, json: { ...create.json, webhook: withQuery(webhook, markerName, value) } };
	},
	request: () => ({ method: 'GET', path: '/v1/predictions' }),
	read: (answer, create) => {
		const { results } = read.readRecord(answer.body);
		if (!Array.isArray(results)) return { kind: 'unreadable', message: describeAnswer(answer) };
		const predictions: readonly unknown[] = results;
		const marked = predictions.filter((prediction) => hasMarker(prediction, create));
		const isEqual = (prediction: unknown) =>
			marked.length > 0 ? marked.includes(prediction) : isAlike(prediction, create);
		const jobs = predictions.flatMap((prediction): JobList['jobs'] => {
			const reading = readCreated({ ...answer, body: prediction });
			return reading.kind === 'read' ? [{ ...reading.value, isEqual: isEqual(prediction) }] : [];
		});
		const next = read.readLink(answer.body, 'next');
		return { kind: 'read', value: { jobs, ...(next && { next: { method: 'GET', path: next } }) } };
	},
});

function hasMarker(prediction: unknown, { json }: Call): boolean {
	const [sent] = marker.exec(read.readString(json, 'webhook') ?? '') ?? [];
	const listed = read.readString(prediction, 'webhook') ?? '';
	return sent !== undefined && marker.exec(listed)?.[0].slice(1) === sent.slice(1);
}

/** Whether a prediction without a callback has the model and the input of a create. */
function isAlike(prediction: unknown, { path, json = {} }: Call): boolean {
	const [, model = String(json.version)] = /^\/v1\/models\/(.+)\/predictions$/.exec(path) ?? [];
	const { model: name, version, input, webhook } = read.readRecord(prediction);
	const isModel = name === model || version === model.split(':').at(-1);
	return isModel && typeof webhook !== 'string' && sameJson(input, json.input);
}

// https://replicate.com/docs/topics/webhooks/setup-webhook
export const predictionCallback: Callback = {
	place: 'json',
	field: 'webhook',
	endOnly: { webhook_events_filter: ['completed'] },
	needsHttps: true,
	jobIdPaths: [['id']],
};
