import type { ProviderName } from '../../nodes/providers';
import { providerNames, providers } from '../../nodes/providers';
import type { Drift, Simulator } from '../../workbench/simulator';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';
import { facts, listFacts } from '../../workbench/verify/facts';
import { judge } from '../../workbench/verify/judge';
import type { Recording } from '../../workbench/verify/redact';
import { findLeaks, toFile } from '../../workbench/verify/redact';
import { verify } from '../../workbench/verify/verify';
import { useSimulator } from '../useSimulator';

// Google's tokens are signed with the real time.
let waited = 0;
const clock = { now: () => Date.now() + waited };
beforeEach(() => (waited = 0));
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

async function run(provider: ProviderName, drifts: readonly Drift[] = [], confirm = true) {
	drifts.forEach((drift) => simulator.drift(drift));
	const verified = await verify({
		provider,
		values: simulatorCredentials(simulator)[providers[provider].credential] ?? {},
		confirm: async () => confirm,
		wait: async (milliseconds) => void (waited += milliseconds),
	});
	const { rows, unread } = judge(verified.recording);
	const odd = rows.flatMap(({ fact, seen }) =>
		seen.kind === 'otherwise' ? [`${fact}: ${seen.what}`] : [],
	);
	return { ...verified, rows, unread, odd };
}

const lastName = (place: string) =>
	place
		.replace('?', '')
		.split('.')
		.filter((part) => part !== '0')
		.at(-1) ?? '';

/** The names of the fields that the facts of a kind have in an answer. */
const listNames = (provider: ProviderName, kind: RegExp) =>
	listFacts([...facts[provider].documented, ...facts[provider].inferred])
		.filter((fact) => kind.test(fact))
		.slice(0, 1)
		.flatMap((fact) => (fact.split(' ')[2] ?? '').split('|').map(lastName));

/** The status words of a recording with the fields that have them. */
function listWords({
	provider,
	exchanges,
}: Recording): Array<readonly [field: string, word: string]> {
	const { statusPlaces } = facts[provider as ProviderName];
	const names = statusPlaces.map(lastName);
	return exchanges.flatMap(({ step, answer }) =>
		step !== 'status'
			? []
			: [...String(answer?.body).matchAll(/"(\w+)":"?(\w+)"?/g)]
					.filter(([, name = '']) => names.includes(name))
					.slice(0, 1)
					.map(([, name = '', word = '']) => [name, word] as const),
	);
}

describe.each(providerNames)('%s', (name) => {
	const fields = listNames(name, /^field create/);
	const isChat = fields.length === 0;

	test('as documented: nothing is otherwise, one job is paid for, and no secret is in the file', async () => {
		const { odd, rows, recording, secrets, file } = await run(name);
		expect(odd).toEqual([]);
		expect(recording.problem).toBeUndefined();
		expect(rows.filter(({ seen }) => seen.kind === 'expected').length).toBeGreaterThan(10);
		expect(simulator.ledger).toHaveLength(1);
		expect(file?.subarray(4, 8).toString()).toBe('ftyp');
		const text = toFile(recording, secrets);
		expect(findLeaks(text, simulator.secrets(name))).toEqual([]);
		const [{ jobId = '', prompt = '' } = {}] = simulator.ledger;
		expect(text).not.toContain(jobId.replace(/.*[:/_]/, ''));
		expect(text).not.toContain(prompt);
	});

	test('the free part alone sends no create', async () => {
		const { odd, rows } = await run(name, [], false);
		expect(odd).toEqual([]);
		expect(rows).toContainEqual(
			expect.objectContaining({ fact: 'route create', seen: { kind: 'notSeen' } }),
		);
		expect(simulator.calls.some(({ route }) => route === 'create')).toBe(false);
	});

	test('a renamed field', async () => {
		// A chat without a job ID is read to its end.
		const ticking = setInterval(() => (waited += isChat ? 10_000 : 0), 50);
		// Some answers have the ID twice.
		const renamed = (isChat ? ['content'] : [...fields, 'task_id']).map(
			(field) => ({ kind: 'renamedField', route: 'create', field, to: 'reference' }) as const,
		);
		const { odd } = await run(name, renamed);
		clearInterval(ticking);
		expect(odd).toContainEqual(
			expect.stringMatching(isChat ? /^route create: / : /^field create .*: missing/),
		);
		expect(odd.every((each) => / create\b/.test(each))).toBe(true);
	});

	test('a new status word', async () => {
		const words = listWords((await run(name)).recording);
		if (words.length === 0) return expect(facts[name].statusPlaces).toEqual([]);
		const [field = '', word = ''] = words.at(-2) ?? [];
		const to = /^\d$/.test(word) ? '7' : 'pondering';
		const { odd } = await run(name, [{ kind: 'newStatusWord', field, word, to }]);
		expect(odd).toEqual([`word ${to}: the mapping does not know it, and takes it for running`]);
	});

	test('a moved link, or a download route that is gone', async () => {
		const moved = listNames(name, /^link/).flatMap((field): Drift[] => [
			{ kind: 'movedLink', field },
			// The file is in the answer itself.
			...(field === 'bytesBase64Encoded'
				? [{ kind: 'renamedField', field, to: 'data' } as const]
				: []),
		]);
		const { odd } = await run(name, [...moved, { kind: 'missingRoute', route: 'content' }]);
		const isConsequence = /^(?:link|route (?:status|result|download)|file|paid part|field status)/;
		expect(odd).toContainEqual(expect.stringMatching(/^(?:link|route status|route download|file)/));
		expect(odd.filter((each) => !isConsequence.test(each))).toEqual([]);
	});

	test('404 on the status route', async () => {
		const { odd, recording } = await run(name, [
			{ kind: 'missingRoute', route: isChat ? 'taskData' : 'status' },
		]);
		expect(odd).toContain('route status: HTTP 404');
		expect(recording.problem).toContain('it cannot be checked');
		expect(odd.every((each) => /^(?:route status|error unknownJob|paid part)/.test(each))).toBe(
			true,
		);
	});

	test('other errors', async () => {
		const { odd } = await run(name, [{ kind: 'otherErrors' }]);
		expect(odd.map((each) => each.replace(/ \d.*: HTTP/, ': HTTP'))).toEqual([
			expect.stringMatching(/^error (?:wrongKey|unknownJob): HTTP \d+ with problem.title/),
			expect.stringMatching(/^error (?:wrongKey|unknownJob): HTTP \d+ with problem.title/),
		]);
	});

	test('HTML in front of everything: nothing is sent that costs', async () => {
		const { odd, recording } = await run(name, [{ kind: 'webPage' }]);
		expect(odd).toContain('route keyTest: HTTP 200, a web page');
		expect(recording.problem).toContain('no job was sent');
		expect(simulator.ledger).toEqual([]);
	});
});
