import { providerNames, providers } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';
import { judge } from '../../workbench/verify/judge';
import { listSeenDates, readRecordings } from '../../workbench/verify/recorded';
import type { Recording } from '../../workbench/verify/redact';
import { findLeaks, toFile } from '../../workbench/verify/redact';
import { verify } from '../../workbench/verify/verify';
import { useSimulator } from '../useSimulator';

/** The facts that a recording shows otherwise than the mapping takes for granted. */
const listOdd = (recording: Recording) =>
	judge(recording).rows.filter(({ seen }) => seen.kind === 'otherwise');

test('the recordings of real providers fit the mappings, and have no secret', () => {
	for (const recording of readRecordings()) {
		expect(listOdd(recording)).toEqual([]);
		expect(findLeaks(JSON.stringify(recording), [])).toEqual([]);
	}
});

describe('recordings of the simulator', () => {
	let waited = 0;
	let simulator: Simulator;
	useSimulator({ now: () => Date.now() + waited }, (started) => (simulator = started));

	const record = async (provider: (typeof providerNames)[number]): Promise<Recording> => {
		waited = 0;
		const { recording, secrets } = await verify({
			provider,
			values: simulatorCredentials(simulator)[providers[provider].credential] ?? {},
			confirm: async () => true,
			wait: async (milliseconds) => void (waited += milliseconds),
		});
		return JSON.parse(toFile(recording, secrets)) as Recording;
	};

	test.each(providerNames)('%s: the file is read as the run was', async (provider) => {
		const recording = await record(provider);
		expect(listOdd(recording)).toEqual([]);
		const seen = listSeenDates([recording, { ...recording, date: '2020-01-01' }], provider);
		expect(seen.get('route create')).toBe(recording.date.slice(0, 10));
		expect(seen.has('file video/mp4')).toBe(true);
		expect(listSeenDates([recording], 'another')).toEqual(new Map());
	});

	test('a mapping that no longer fits is found', async () => {
		const recording = await record('deepWl');
		const status = recording.exchanges.findLast(({ step }) => step === 'status');
		if (typeof status?.answer?.body !== 'string') throw new Error('There is no last status');
		status.answer.body = status.answer.body.replace('"completed"', '"finalized"');
		expect(listOdd(recording).map(({ fact }) => fact)).toContain('word finalized');
	});
});
