import type { Call } from '../../nodes/wire/call';
import type { Simulator } from '../../workbench/simulator';
import { manualClock } from '../../workbench/simulator';
import { completion, exampleText } from '../fixtures/chatTexts';
import { useSimulator } from '../useSimulator';
import { at, sendCall, textAt } from './calls';
import { createCall, createJob, status } from './creates';
import { shapeOf } from './shape';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

const callWith = (directives: string): Call => createCall('eronmind', `A cat [sim ${directives}]`);
const streamOf = async (directives: string) =>
	(await sendCall(simulator, 'eronmind', callWith(directives))).text;

/** The text of a chat without job-specific parts and line breaks. */
const lettersOf = (text: string) =>
	text
		.replace(/`[^`]+`/, '`id`')
		.replace(/https?:\/\/[^\s)]+/g, 'link')
		.replace(/\.+$/gm, '')
		.replace(/[\s>|]/g, '');

test('a whole completion has the text of the document', async () => {
	const { json } = await sendCall(simulator, 'eronmind', callWith('stream=json'));
	expect(shapeOf(json)).toEqual(shapeOf(completion(exampleText)));
	expect(lettersOf(textAt(json, 'choices', 0, 'message', 'content'))).toBe(lettersOf(exampleText));
});

test('a stream has the same text in chunks of chat.completion', async () => {
	const text = await streamOf('stream=finished');
	const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
	expect(events.at(-1)).toBe('data: [DONE]');
	const chunks = events.slice(0, -1).map((event): unknown => JSON.parse(event.slice(6)));
	for (const chunk of chunks) expect(at(chunk, 'object')).toBe('chat.completion.chunk');
	expect(at(chunks[0], 'choices', 0, 'delta', 'role')).toBe('assistant');
	expect(at(chunks.at(-2), 'choices', 0, 'finish_reason')).toBe('stop');
	expect(at(chunks.at(-1), 'choices')).toEqual([]);
	const content = chunks.map((chunk) => at(chunk, 'choices', 0, 'delta', 'content') ?? '');
	expect(lettersOf(content.join(''))).toBe(lettersOf(exampleText));
});

test('a stream can end before the id, and the job is bought nevertheless', async () => {
	expect(await streamOf('stream=cut')).not.toMatch(/source|DONE/);
	expect(simulator.ledger).toHaveLength(1);
});

test('an early stream has the id at once and ends with the video', async () => {
	const text = streamOf('stream=early');
	while (simulator.ledger.length === 0) await new Promise(setImmediate);
	clock.advance(60_000);
	expect(await text).toMatch(/source[^]+🎉[^]+\.mp4[^]+\[DONE\]/);
});

test('a stream in pieces is the same stream', async () => {
	const text = await streamOf('stream=finished words=pieces');
	expect(text).toMatch(/任务ID[^]+🎉[^]+\.mp4[^]+\[DONE\]/);
});

test('the stream of a failed job has no link', async () => {
	const text = await streamOf('ending=failed seconds=0');
	expect(text).not.toContain('.mp4');
	expect(text).toContain('[DONE]');
});

test('task data needs no key, and escapes its slashes', async () => {
	const jobId = await createJob(simulator, 'eronmind', 'A cat [sim seconds=0]');
	expect((await status(simulator, 'eronmind', jobId)).text).toContain('http:\\/\\/127.0.0.1');
	const { origin, headers } = simulator.calls.at(-1) ?? {};
	expect([origin, headers?.authorization]).toEqual(['foreign', undefined]);
});
