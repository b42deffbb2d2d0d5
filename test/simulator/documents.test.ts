import type { Call, ImageBytes } from '../../nodes/wire/call';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { manualClock } from '../../workbench/simulator';
import { fieldsOf } from '../engine/documentedRequest';
import { fixtures } from '../fixtures';
import { useSimulator } from '../useSimulator';
import { at, call, formOf, sendCall } from './calls';
import { createCall, createFrom, createJob, expectRefusal } from './creates';
import { invalidStatus, finalStatus, status, withText } from './creates';
import { shapeOf } from './shape';

/* Compares the simulator with each provider's documents, as its fixture has them. */

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

const takesJson = ({ json }: Call) => json !== undefined;
const isChat = ({ path }: Call) => path.endsWith('/chat/completions');

/** A call with some of its fields changed: paths in JSON, fields in a form. Undefined removes one. */
function changed(original: Call, changes: Readonly<Record<string, unknown>>): Call {
	const { json, form = [], ...rest } = structuredClone(original);
	if (json !== undefined) {
		for (const [path, value] of Object.entries(changes)) {
			const keys = path.split('.');
			const key = keys.pop() ?? '';
			Object.assign(
				keys.reduce<object>((inner, each) => (Reflect.get(inner, each) ?? inner) as object, json),
				{ [key]: value },
			);
		}
		return { ...rest, json };
	}
	const added = Object.entries(changes).flatMap(([field, value]) =>
		[value ?? []].flat().map((each) => ({ field, value: each as string | ImageBytes })),
	);
	return { ...rest, form: [...form.filter(({ field }) => !(field in changes)), ...added] };
}

describe.each(providerNames)('%s', (name) => {
	const { operations, states, forbidden } = fixtures[name];
	const first = operations.create?.requests[0]?.call;
	const created = [
		...(operations.create?.requests ?? []),
		...(operations.createExtended?.requests ?? []),
	];
	const extending = operations.extend?.requests.find((each) => each.call.path.endsWith('/remix'));

	test.each(created)('takes a create: $name', async (each) => {
		const { text, entry } = await createFrom(simulator, name, each.call);
		expect(text).toContain(entry.jobId);
		expect(entry).toMatchObject({ provider: name, prompt: each.input.prompt });
		expect(entry.fields).toEqual(fieldsOf(each.call));
	});

	if (extending !== undefined) {
		test('takes the documented remix of a finished job', async () => {
			const { input, call: documented } = extending;
			const jobId = await createJob(simulator, name, 'A cat [sim seconds=0]');
			const remix = withText(documented, input.sourceId, jobId);
			expect((await sendCall(simulator, name, remix)).httpStatus).toBe(200);
			const fields = fieldsOf(documented);
			expect(simulator.ledger.at(-1)).toMatchObject({ operation: 'extend', fields });
		});
	}

	test.each(Object.entries(forbidden))('refuses %s', async (_what, changes) => {
		const answer = await sendCall(simulator, name, changed(createCall(name, 'A cat'), changes));
		expectRefusal(simulator, answer, invalidStatus(name));
	});

	test('refuses the wrong kind of body', async () => {
		const { path } = createCall(name, 'A cat');
		const wrong = [
			...(created.some((each) => takesJson(each.call))
				? []
				: [{ json: { model: 'veo', prompt: 'A cat' } }]),
			...(created.every((each) => takesJson(each.call))
				? [{ form: formOf(['prompt', 'A cat']) }]
				: []),
			{ headers: { 'content-type': 'text/plain' }, body: 'A cat' },
			{ headers: { 'content-type': 'application/json' }, body: '{"model":' },
		];
		for (const body of wrong) {
			expectRefusal(simulator, await call(simulator, name, 'POST', path, body), 400);
		}
	});

	// The answer of a chat is a text: chat.test.ts.
	if (first !== undefined && !isChat(first)) {
		test('answers a create with all that the documented answer has', async () => {
			const answer = await sendCall(simulator, name, first);
			expect(shapeOf(answer.json)).toMatchObject(
				shapeOf(operations.create?.answers[0]?.body) as object,
			);
		});
	}

	test.each([
		['running', 'success', 40_000],
		['succeeded', 'success', 60_000],
		['failed', 'failed', 60_000],
	])(
		'describes a job that is %s with all that a documented answer has',
		async (word, ending, ms) => {
			const documented = states.filter(({ state }) => state.status === word);
			const way = operations.createExtended === undefined ? 'create' : 'createExtended';
			const documentedCreate = createCall(name, `A cat [sim ending=${ending}]`, way);
			const { entry } = await createFrom(simulator, name, documentedCreate);
			clock.advance(ms);
			const { json } = await finalStatus(simulator, name, entry.jobId);
			const shape = shapeOf(json);
			const fits = documented.filter(({ body }) => hasAllOf(shape, shapeOf(body)));
			expect(fits).not.toEqual([]);
		},
	);
});

/** Whether a shape has every member of another, of the same type. */
function hasAllOf(shape: unknown, other: unknown): boolean {
	if (typeof other !== 'object' || other === null) return shape === other;
	return Object.entries(other).every(([key, inner]) => hasAllOf(at(shape, key), inner));
}

test('DeerAPI: the status has the twelve fields of its page, and no link', async () => {
	const jobId = await createJob(simulator, 'deerApi', 'A cat [sim seconds=340]');
	clock.advance(400_000);
	const { json } = await status(simulator, 'deerApi', jobId);
	const createdAt = Number(at(json, 'created_at'));
	expect(json).toMatchObject({ completed_at: createdAt + 340, expires_at: createdAt + 340 + 3600 });
	expect(Object.keys(json as object)).toHaveLength(12);
});

test("DeepWL: each format finds the other's jobs", async () => {
	const unified = await createJob(simulator, 'deepWl', 'A cat');
	const video = await createJob(simulator, 'deepWlVideos', 'A cat');
	expect((await status(simulator, 'deepWlVideos', unified)).json).toMatchObject({
		id: unified,
		status: 'queued',
	});
	expect((await status(simulator, 'deepWl', video)).json).toMatchObject({
		id: video,
		status: 'pending',
	});
});

test('APIMP: the refusal of its page', async () => {
	const answer = await sendCall(
		simulator,
		'apimp',
		changed(createCall('apimp', 'A cat'), { 'input.prompt': '' }),
	);
	expect(answer.json).toEqual(fixtures.apimp.refusals[0]?.body);
});
