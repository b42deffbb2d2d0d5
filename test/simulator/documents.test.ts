import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '../../workbench/simulator';
import { manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { at, call, formOf, image, imageDataUri, textAt } from './calls';
import { createJob, status } from './creates';
import { shapeOf } from './shape';

interface Example {
	document: string;
	request?: Record<string, unknown>;
	answer: unknown;
}

function example(name: string): Example {
	return JSON.parse(readFileSync(join(__dirname, 'documents', `${name}.json`), 'utf8')) as Example;
}

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

describe('DeerAPI', () => {
	const { document, request, answer } = example('deerApi-create');

	test(`the create call of ${document}`, async () => {
		const prompt = String(request?.['prompt']);
		const form = formOf(['prompt', prompt], ['input_reference', image]);
		const created = await call(simulator, 'deerApi', 'POST', '/v1/videos', { form });

		expect(created.httpStatus).toBe(200);
		expect(shapeOf(created.json)).toEqual(shapeOf(answer));
		expect(at(created.json, 'model')).toBe('veo3.1');
		expect(simulator.ledger).toMatchObject([
			{
				gateway: 'deerApi',
				jobId: at(created.json, 'id'),
				kind: 'create',
				model: 'veo3.1',
				prompt,
				fields: { input_reference: { fileName: 'example-file.png', mimeType: 'image/png' } },
			},
		]);
		expect(at(simulator.ledger[0]?.fields, 'input_reference', 'bytes')).toEqual(image);
	});
});

describe('DeepWL', () => {
	const { document, request, answer } = example('deepWl-create');

	test(`the create call of ${document}`, async () => {
		const created = await call(simulator, 'deepWl', 'POST', '/v1/video/create', {
			json: request,
			headers: { accept: 'application/json' },
		});

		expect(created.httpStatus).toBe(200);
		expect(shapeOf(created.json)).toEqual(shapeOf(answer));
		// Everything but the id and the times is the request again, so it must be equal.
		const own = ['id', 'created_at', 'status_update_time'];
		const stable = (body: unknown) =>
			Object.entries(body as object).filter(([key]) => !own.includes(key));
		expect(stable(created.json)).toEqual(stable(answer));
		expect(simulator.ledger[0]?.fields).toEqual(request);
	});
});

describe('the 15-second gateway', () => {
	const common: Array<[string, string]> = [
		['model', 'veo_3_1-fast-remix'],
		['prompt', 'the first 8 seconds'],
		['prompt_extend', 'the added 7'],
		['size', '1280x720'],
	];

	test.each([
		['a file', image],
		['a URL', 'https://example.com/a.png'],
		['a data URI', imageDataUri],
	])('a create with %s in input_reference[]', async (_way, reference) => {
		const form = formOf(...common, ['input_reference[]', reference]);
		const created = await call(simulator, 'newApiRemix', 'POST', '/v1/videos', { form });

		expect(created.httpStatus).toBe(200);
		expect(created.json).toMatchObject({ object: 'video', status: 'queued', progress: 0 });
		const [submission] = simulator.ledger;
		expect(submission).toMatchObject({ kind: 'createExtended', prompt: 'the first 8 seconds' });
		const sent = submission?.fields['input_reference[]'];
		expect(typeof reference === 'string' ? sent : at(sent, 'bytes')).toEqual(reference);
	});

	test('several references keep their order', async () => {
		const form = formOf(
			...common,
			['input_reference[]', 'https://example.com/1.png'],
			['input_reference[]', image],
			['input_reference[]', imageDataUri],
		);
		await call(simulator, 'newApiRemix', 'POST', '/v1/videos', { form });

		expect(simulator.ledger[0]?.fields['input_reference[]']).toEqual([
			'https://example.com/1.png',
			{ fileName: 'example-file.png', mimeType: 'image/png', bytes: image },
			imageDataUri,
		]);
	});

	test.each([
		['newApiRemix-in-progress', '[sim seconds=100]', 65_000],
		['newApiRemix-success', '[sim seconds=100]', 100_000],
		['newApiRemix-extend-failed', '[sim ending=extend_failed seconds=100]', 100_000],
		['newApiRemix-generate-failed', '[sim ending=generate_failed seconds=100]', 100_000],
	])('the status body %s', async (name, directive, elapsedMs) => {
		const { answer } = example(name);
		const jobId = await createJob(simulator, 'newApiRemix', `A cat ${directive}`);
		clock.advance(elapsedMs);
		const { httpStatus, json } = await status(simulator, 'newApiRemix', jobId);

		expect(httpStatus).toBe(200);
		expect(shapeOf(json)).toEqual(shapeOf(answer));
		const path = (...keys: string[]) => [at(json, ...keys), at(answer, ...keys)];
		for (const keys of [['status'], ['data', 'status'], ['data', 'model'], ['data', 'error']]) {
			const [simulated, documented] = path(...keys);
			expect(simulated).toEqual(documented);
		}
		if (name !== 'newApiRemix-in-progress') {
			expect(at(json, 'progress')).toBe(at(answer, 'progress'));
			expect(at(json, 'data', 'progress')).toBe(at(answer, 'data', 'progress'));
		}
		// The inner task has an id of its own, which this gateway does not know.
		expect(at(json, 'data', 'id')).not.toBe(jobId);
	});
});

describe('APIMP', () => {
	const { document, request, answer } = example('apimp-create');

	test(`the create call of ${document}`, async () => {
		const created = await call(simulator, 'apimp', 'POST', '/api/generate/submit', {
			json: request,
		});

		expect(created.httpStatus).toBe(200);
		expect(shapeOf(created.json)).toEqual(shapeOf(answer));
		expect(textAt(created.json, 'data', 'task_id')).toMatch(/^task_[A-Za-z0-9]{32}$/);
		expect(textAt(created.json, 'data', 'created_time')).toMatch(
			/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
		);
	});

	test('its refusal of an empty prompt', async () => {
		const refused = await call(simulator, 'apimp', 'POST', '/api/generate/submit', {
			json: { model: 'veo-3.1-generate-preview', input: { prompt: '' } },
		});

		expect(refused.httpStatus).toBe(400);
		expect(refused.json).toEqual(example('apimp-create-400').answer);
	});
});

describe('Eronmind', () => {
	const { request, answer } = example('eronmind-chat');
	const path = '/v1/chat/completions';

	/** The document's request, with a directive that ends it at once. */
	const withDirective = (directive: string) => ({
		...request,
		messages: [
			{
				role: 'user',
				content: [
					{ type: 'text', text: `根据图片生成动态视频 ${directive}` },
					{ type: 'image_url', image_url: { url: 'http://cdn-picstyle.duomiao.pro/666.jpg' } },
				],
			},
		],
	});

	/** The lines of a chat, without what differs from one job to the next. */
	const linesOf = (content: string) =>
		content
			.replace(/https?:\/\/\S+?\/(web|source)\/[^)]+/g, 'HOST/$1/ID')
			.replace(/https?:\/\/\S+?\/cdn\/(download\/)?[^)]+\.mp4/g, 'HOST/cdn/$1FILE.mp4')
			.replace(/`[^`]+`/, '`ID`')
			.replace(/(图片|文字)生成$/m, 'KIND')
			.replace(/\.+$/gm, '.')
			.split('\n')
			.filter((line) => line !== '');

	test('the answer without a stream', async () => {
		const { httpStatus, json } = await call(simulator, 'eronmind', 'POST', path, {
			json: withDirective('[sim stream=json]'),
		});

		expect(httpStatus).toBe(200);
		expect(shapeOf(json)).toEqual(shapeOf(answer));
		const content = ['choices', 0, 'message', 'content'];
		expect(linesOf(textAt(json, ...content))).toEqual(linesOf(textAt(answer, ...content)));
	});

	test('the same lines as a stream', async () => {
		const { httpStatus, headers, text } = await call(simulator, 'eronmind', 'POST', path, {
			json: withDirective('[sim stream=finished]'),
		});

		expect(httpStatus).toBe(200);
		expect(headers['content-type']).toMatch('text/event-stream');
		const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
		expect(events.at(-1)).toBe('data: [DONE]');
		const chunks = events.slice(0, -1).map((event): unknown => JSON.parse(event.slice(6)));
		for (const chunk of chunks) {
			expect(Object.keys(chunk as object)).toEqual(
				expect.arrayContaining(['id', 'object', 'created', 'model', 'choices']),
			);
			expect(at(chunk, 'object')).toBe('chat.completion.chunk');
		}
		expect(at(chunks[0], 'choices', 0, 'delta', 'role')).toBe('assistant');
		expect(at(chunks.at(-2), 'choices', 0, 'finish_reason')).toBe('stop');
		expect(at(chunks.at(-1), 'choices')).toEqual([]);
		const content = chunks.map((chunk) => at(chunk, 'choices', 0, 'delta', 'content') ?? '');
		expect(linesOf(content.join(''))).toEqual(
			linesOf(textAt(answer, 'choices', 0, 'message', 'content')),
		);
	});
});
