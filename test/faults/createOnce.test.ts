import { fastClock } from '../engine/fastTime';
import type { IPairedItemData, IRun } from 'n8n-workflow';
import { randomNumbers } from '../../workbench/bench/randomNumbers';
import { retryWorkflow, runWorkflow } from '../../workbench/engine/engine';
import type { Fault, Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { createNode, credentialsFor, inARow, model, runsOf } from '../engine/workflow';
import { useSimulator } from '../useSimulator';
import { isWhole } from './scale';

/*
 * Creates under random faults, with Retry On Fail and n8n's "retry execution": the jobs in the
 * simulator's ledger, and what the node says of each item.
 */

const creates = isWhole ? 1_000 : 250;
// Printed, so that a failure can be repeated: SEED=… npx jest test/faults/createOnce
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const { random } = randomNumbers(seed);

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const pick = <Value>(values: readonly [Value, ...Value[]]): Value =>
	values[Math.floor(random() * values.length)] ?? values[0];

/** What happens to the next create: nothing in half of the cases. */
function anyFault(): Fault {
	const route = 'create';
	const acceptFirst = random() < 0.5;
	const chance = random();
	if (chance < 0.5) return { route, kind: 'delay', delayMs: Math.floor(random() * 3) };
	if (chance < 0.6) {
		const httpStatus = pick([400, 401, 402, 403, 404, 413, 415, 422, 425]);
		return { route, kind: 'status', httpStatus };
	}
	if (chance < 0.62) return { route, kind: 'redirect', httpStatus: pick([301, 302, 307, 308]) };
	if (chance < 0.72) {
		const retryAfterSeconds = pick([undefined, 1, 3, 20, 3600]);
		return { route, kind: 'status', httpStatus: 429, retryAfterSeconds };
	}
	if (chance < 0.82) {
		const httpStatus = pick([408, 409, 423, 424, 499, 500, 502, 503, 504, 520, 524]);
		const retryAfterSeconds = pick([undefined, 1]);
		return { route, kind: 'status', httpStatus, retryAfterSeconds, acceptFirst };
	}
	const kind = pick<Fault['kind']>([
		...(['html', 'htmlOk', 'empty', 'truncatedJson', 'wrongType'] as const),
		...(['resetBeforeHeaders', 'resetMidBody', 'shortBody'] as const),
	]);
	return { route, kind, acceptFirst };
}

/** Items with prompts of which some are equal: each is a job of its own, with a model of its own. */
const anyItems = (count: number) =>
	Array.from({ length: count }, (_item, index) => ({
		prompt: pick(['A boat', 'A boat', `A boat ${index}`]),
		// The IDs of some providers have an owner.
		model: `acme/model-${index}`,
	}));

/** Runs Veo Create for some items, and retries the execution now and then. */
async function createUnderFaults(items: ReturnType<typeof anyItems>): Promise<IRun> {
	simulator.reset();
	for (let index = 0; index < 100; index++) simulator.failNext(anyFault());
	const parameters = {
		model: model('={{ $json.model }}'),
		// A seed with another value at each try must not make it another request.
		prompt: '={{ $json.prompt }}{{ " ".repeat(Math.floor(Math.random() * 9)) }}',
	};
	const [name = 'deepWl', ...names] = providerNames;
	const node = createNode(pick([name, ...names]), parameters, {
		retryOnFail: true,
		maxTries: pick([2, 3, 4, 5]),
		waitBetweenTries: 1,
		onError: pick(['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput']),
	});
	const credentials = credentialsFor(simulator);
	const options = { credentials, items: items.map((json) => ({ json })) };
	let run = await runWorkflow(inARow(node), options);
	for (let retries = 0; run.status === 'error' && retries < 2 && random() < 0.5; retries++) {
		run = await retryWorkflow(inARow(node), run, options);
	}
	return run;
}

/** All that a person can read of one item. */
function textAbout(run: IRun, itemIndex: number, itemsTotal: number): string {
	const { error } = run.data.resultData;
	if (error !== undefined) {
		const text = `${error.message}\n${error.description ?? ''}`;
		const line = text.split('\n').find((each) => new RegExp(`^Item ${itemIndex}\\b`).test(each));
		// The error of a node with one result is about that alone.
		const isOnlyOne = itemsTotal === 1 || !/^Item \d+/m.test(text);
		return line ?? (isOnlyOne && error.context?.itemIndex === itemIndex ? text : '');
	}
	const [task] = runsOf(run, 'Veo Create').slice(-1);
	const item = (task?.data?.main ?? [])
		.flatMap((items) => items ?? [])
		.find(({ pairedItem }) => (pairedItem as IPairedItemData | undefined)?.item === itemIndex);
	return JSON.stringify(item?.json ?? {});
}

const outcomes = {
	/** Started, and the job is returned, or its id stands in the error. */
	returned: [] as string[],
	/** Started, and the answer was lost: the error says that a job may have been started. */
	answerLost: [] as string[],
	/** Not started, and the error cannot know it. */
	unknown: [] as string[],
	/** Not started, and the error says so, or the item was never sent. */
	notStarted: [] as string[],
	startedTwice: [] as string[],
	lost: [] as string[],
};

function outcomeOf(itemModel: string, text: string): keyof typeof outcomes {
	const [job, second] = simulator.ledger.filter((each) => each.model === itemModel);
	const isUnknown = /did not clearly accept or reject|outcome_unknown/.test(text);
	if (second !== undefined) return 'startedTwice';
	if (job === undefined) return isUnknown ? 'unknown' : 'notStarted';
	if (text.includes(job.jobId)) return 'returned';
	return isUnknown ? 'answerLost' : 'lost';
}

test('under random faults no create is started twice, and none is lost', async () => {
	for (let done = 0; done < creates;) {
		const items = anyItems(Math.min(1 + Math.floor(random() * 9), creates - done));
		const run = await createUnderFaults(items);
		items.forEach((item, index) => {
			const text = textAbout(run, index, items.length);
			outcomes[outcomeOf(item.model, text)].push(`item ${done + index}: ${text}`);
		});
		done += items.length;
	}
	const counts = Object.entries(outcomes).map(([name, each]) => `${name} ${each.length}`);
	process.stdout.write(`${creates} creates, seed ${seed}: ${counts.join(', ')}\n`);
	const { startedTwice, lost, ...others } = outcomes;
	expect({ seed, startedTwice, lost }).toEqual({ seed, startedTwice: [], lost: [] });
	// Each way to end was taken, or the faults were too kind.
	for (const each of Object.values(others)) expect(each.length).toBeGreaterThan(creates / 50);
}, 1_200_000);
