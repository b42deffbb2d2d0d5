import type { ProviderName } from '../../nodes/providers';
import { providerNames, providers } from '../../nodes/providers';
import type { Drift, Simulator } from '../../workbench/simulator';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';
import { facts, listFacts } from '../../workbench/verify/facts';
import { judge } from '../../workbench/verify/judge';
import { findLeaks, toFile } from '../../workbench/verify/leaks';
import { listSeenDates } from '../../workbench/verify/recorded';
import type { Recording } from '../../workbench/verify/recorder';
import { verify } from '../../workbench/verify/verify';
import { useSimulator } from '../useSimulator';

// Google's tokens are signed with the real time.
let waited = 0;
beforeEach(() => (waited = 0));
let simulator: Simulator;
useSimulator({ now: () => Date.now() + waited }, (started) => (simulator = started));

async function run(provider: ProviderName, drifts: readonly Drift[] = [], confirm = true) {
	drifts.forEach((drift) => simulator.drift(drift));
	const verified = await verify({
		provider,
		values: simulatorCredentials(simulator)[providers[provider].credential] ?? {},
		confirm: async () => confirm,
		say: () => undefined,
		wait: async (milliseconds) => (waited += milliseconds) > 0,
	});
	return { ...verified, ...look(verified.recording) };
}

/** The rows of a recording, and those that are otherwise as text. */
function look(recording: Recording) {
	const { rows } = judge(recording);
	const odd = rows.filter(({ seen }) => seen === 'otherwise');
	return { rows, odd: odd.map(({ fact, what }) => `${fact}: ${what}`) };
}

const lastName = (place: string) =>
	place
		.replace('?', '')
		.split('.')
		.filter((part) => part !== '0')
		.at(-1) ?? '';

/** The names of the fields that the first fact of a kind has in an answer. */
const listNames = (provider: ProviderName, kind: RegExp) =>
	listFacts([...facts[provider].documented, ...facts[provider].inferred])
		.filter((fact) => kind.test(fact))
		.slice(0, 1)
		.flatMap((fact) => (fact.split(' ')[2] ?? '').split('|').map(lastName));

/** The status words of a recording with the fields that have them. */
function listWords(provider: ProviderName, { exchanges }: Recording) {
	const names = facts[provider].statusPlaces.map(lastName);
	return exchanges
		.filter(({ step }) => step === 'status')
		.flatMap(({ answer }) =>
			[...String(answer?.body).matchAll(/"(\w+)":"?(\w+)"?/g)]
				.filter(([, name = '']) => names.includes(name))
				.slice(0, 1),
		)
		.map(([, name = '', word = '']) => [name, word] as const);
}

describe.each(providerNames)('%s', (name) => {
	const fields = listNames(name, /^field create/);
	const isChat = fields.length === 0;

	test('as documented: nothing is otherwise, one job is paid for, and the file without a secret is read as the run was', async () => {
		const { odd, rows, recording, secrets, file } = await run(name);
		expect(odd).toEqual([]);
		expect(rows.filter(({ seen }) => seen === 'as expected').length).toBeGreaterThan(10);
		expect(simulator.ledger).toHaveLength(1);
		expect(file?.subarray(4, 8).toString()).toBe('ftyp');
		const text = toFile(recording, secrets);
		expect(findLeaks(text, simulator.secrets(name))).toEqual([]);
		const [{ jobId = '', prompt = '' } = {}] = simulator.ledger;
		expect(text).not.toContain(jobId.replace(/.*[:/_]/, ''));
		expect(text).not.toContain(prompt);
		const read = JSON.parse(text) as Recording;
		expect(look(read).rows).toEqual(rows);
		const dates = listSeenDates([read, { ...read, date: '2020-01-01' }], name);
		expect(dates.get('route create')).toBe(recording.date.slice(0, 10));
		expect(dates.has('file video/mp4')).toBe(true);
		expect(listSeenDates([read], 'another')).toEqual(new Map());
	});

	test('the free part alone sends no create', async () => {
		const { odd, rows } = await run(name, [], false);
		expect(odd).toEqual([]);
		expect(rows).toContainEqual(
			expect.objectContaining({ fact: 'route create', seen: 'not seen' }),
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
		const fact = isChat ? /^route create: / : /^field create .*: missing beside .*\breference\b/;
		expect(odd).toContainEqual(expect.stringMatching(fact));
		expect(odd.filter((each) => !/ create\b|^run: A job may/.test(each))).toEqual([]);
	});

	test('a new status word', async () => {
		const words = listWords(name, (await run(name)).recording);
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
		const isConsequence = /^(?:link|route (?:status|result|download)|file|run|field status)/;
		expect(odd).toContainEqual(expect.stringMatching(/^(?:link|route status|route download|file)/));
		expect(odd.filter((each) => !isConsequence.test(each))).toEqual([]);
	});

	test('404 on the status route', async () => {
		const route = isChat ? 'taskData' : 'status';
		const { odd } = await run(name, [{ kind: 'missingRoute', route }]);
		expect(odd).toContain('route status: HTTP 404');
		expect(odd).toContainEqual(expect.stringMatching(/^run: .* it cannot be checked/));
		const isConsequence = /^(?:route status|error unknownJob|run)/;
		expect(odd.filter((each) => !isConsequence.test(each))).toEqual([]);
	});

	test('other errors', async () => {
		const { odd } = await run(name, [{ kind: 'otherErrors' }]);
		expect(odd).toEqual(
			['wrongKey', 'unknownJob'].map((step) =>
				expect.stringMatching(`^error ${step} .*: \\d+ problem\\.title$`),
			),
		);
	});

	test('HTML in front of everything: nothing is sent that costs', async () => {
		const { odd, recording } = await run(name, [{ kind: 'webPage' }]);
		expect(odd).toContain('route keyTest: HTTP 200, a web page');
		expect(recording.problem).toContain('no job was sent');
		expect(simulator.ledger).toEqual([]);
	});
});
