import type { INodeExecutionData, IPairedItemData, IRun } from 'n8n-workflow';
import { randomNumbers } from '../../workbench/bench/randomNumbers';
import { retryWorkflow, runWorkflow } from '../../workbench/engine/engine';
import type { Fault, Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import type { NodeSettings } from '../engine/workflow';
import { createNode, credentialsFor, inARow, runsOf, submitsTo } from '../engine/workflow';

/*
 * Creates under random faults, with Retry On Fail and n8n's "retry execution", and what the simulator's
 * ledger says to what came out of the node.
 */

/** What many creates came to. Every item is in exactly one of the last four. */
export interface Purchases {
	creates: number;
	executions: number;
	retries: number;
	submits: number;
	/** Bought, and the job came out as an item or by its id in the error. */
	cameOut: number;
	/** Bought, and the answer was lost on the way: the error says that a job may have been started. */
	answerLost: number;
	/** Not bought, and the error cannot know it: no answer, or one that nobody can read. */
	unknownUnbought: number;
	/** Not bought, and the error says so, or the item was never sent. */
	notBought: number;
	/** What must never be. */
	boughtTwice: string[];
	lost: string[];
}

type Random = () => number;

const pick = <Value>(random: Random, values: readonly Value[]): Value =>
	values[Math.floor(random() * values.length)] as Value;

// The provider said no, and meant it.
const refusals = [400, 401, 402, 403, 404, 413, 415, 422, 425];
const openStatuses = [408, 409, 423, 424, 499, 500, 502, 503, 504, 520, 524];
const lostOnTheWay: ReadonlyArray<Fault['kind']> = [
	'html',
	'htmlOk',
	'empty',
	'truncatedJson',
	'wrongType',
	'resetBeforeHeaders',
	'resetMidBody',
	'shortBody',
];

/** What happens to the next submit: nothing in half of the cases. */
function anyFault(random: Random): Fault {
	const route = 'create';
	const acceptFirst = random() < 0.5;
	const dice = random();
	if (dice < 0.5) return { route, kind: 'delay', delayMs: Math.floor(random() * 3) };
	if (dice < 0.6) return { route, kind: 'status', httpStatus: pick(random, refusals) };
	if (dice < 0.62)
		return { route, kind: 'redirect', httpStatus: pick(random, [301, 302, 307, 308]) };
	if (dice < 0.72) {
		const retryAfterSeconds = pick(random, [undefined, 1, 3, 20, 3600]);
		return { route, kind: 'status', httpStatus: 429, retryAfterSeconds };
	}
	if (dice < 0.82) {
		const retryAfterSeconds = pick(random, [undefined, 1]);
		const httpStatus = pick(random, openStatuses);
		return { route, kind: 'status', httpStatus, retryAfterSeconds, acceptFirst };
	}
	return { route, kind: pick(random, lostOnTheWay), acceptFirst };
}

/** Buys jobs in many executions of a few items each, and checks each against the ledger. */
export async function buyUnderFaults(
	simulator: Simulator,
	creates: number,
	seed: number,
): Promise<Purchases> {
	const { random } = randomNumbers(seed);
	const all: Purchases = {
		creates: 0,
		executions: 0,
		retries: 0,
		submits: 0,
		cameOut: 0,
		answerLost: 0,
		unknownUnbought: 0,
		notBought: 0,
		boughtTwice: [],
		lost: [],
	};
	while (all.creates < creates) {
		const count = Math.min(1 + Math.floor(random() * 9), creates - all.creates);
		// Some prompts are equal: each is a purchase of its own all the same, told apart by its model.
		const items = Array.from({ length: count }, (_item, index) => ({
			prompt: pick(random, ['A boat', 'A boat', `A boat ${index}`]),
			model: `model-${index}`,
		}));
		await buyOnce(simulator, items, random, all);
		all.creates += count;
	}
	return all;
}

async function buyOnce(
	simulator: Simulator,
	items: Array<{ prompt: string; model: string }>,
	random: Random,
	all: Purchases,
): Promise<void> {
	simulator.reset();
	for (let index = 0; index < 100; index++) simulator.failNext(anyFault(random));
	const settings: NodeSettings = {
		retryOnFail: true,
		maxTries: pick(random, [2, 3, 4, 5]),
		waitBetweenTries: 1,
		onError: pick(random, ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput']),
	};
	const model = { __rl: true, mode: 'id', value: '={{ $json.model }}' };
	// A seed that is another one at each try must not make it another purchase.
	const prompt = '={{ $json.prompt }}{{ " ".repeat(Math.floor(Math.random() * 9)) }}';
	const node = createNode(pick(random, providerNames), { model: model as never, prompt }, settings);
	const file = inARow(node);
	const options = {
		credentials: credentialsFor(simulator),
		items: items.map((json): INodeExecutionData => ({ json })),
	};
	let run = await runWorkflow(file, options);
	all.executions++;
	for (let retries = 0; run.status === 'error' && retries < 2 && random() < 0.5; retries++) {
		run = await retryWorkflow(file, run, options);
		all.retries++;
	}
	all.submits += submitsTo(simulator).length;
	items.forEach(({ model }, index) => {
		count(simulator, model, toldOf(run, index, items.length), all);
	});
}

/** All that a person gets to read of one item. */
function toldOf(run: IRun, itemIndex: number, itemsTotal: number): string {
	const [task] = runsOf(run, 'Veo Create').slice(-1);
	const { error } = run.data.resultData;
	if (error !== undefined) {
		const text = `${error.message}\n${error.description ?? ''}`;
		const line = text.split('\n').find((each) => new RegExp(`^Item ${itemIndex}\\b`).test(each));
		// The error of a node with one result tells only of that.
		const isOnlyOne = itemsTotal === 1 || !/^Item \d+/m.test(text);
		return line ?? (isOnlyOne && error.context?.itemIndex === itemIndex ? text : '');
	}
	const given = (task?.data?.main ?? []).flatMap((items) => items ?? []);
	const item = given.find(
		({ pairedItem }) => (pairedItem as IPairedItemData | undefined)?.item === itemIndex,
	);
	return JSON.stringify(item?.json ?? {});
}

function count(simulator: Simulator, model: string, told: string, all: Purchases): void {
	const bought = simulator.ledger.filter((purchase) => purchase.model === model);
	const [purchase] = bought;
	const where = `execution ${all.executions}, ${model}: ${told}`;
	const isUnknown = /did not clearly accept or reject|outcome_unknown/.test(told);
	if (bought.length > 1) all.boughtTwice.push(where);
	if (purchase === undefined && isUnknown) all.unknownUnbought++;
	else if (purchase === undefined) all.notBought++;
	else if (told.includes(purchase.jobId)) all.cameOut++;
	else if (isUnknown) all.answerLost++;
	else all.lost.push(`${purchase.jobId} of ${where}`);
}

/** The counts on one line each. */
export function tableOf(seed: number, purchases: Purchases): string {
	const { boughtTwice, lost, ...counts } = purchases;
	const rows = { seed, ...counts, boughtTwice: boughtTwice.length, lost: lost.length };
	return Object.entries(rows)
		.map(([name, value]) => `  ${name.padEnd(16)}${value}`)
		.join('\n');
}
