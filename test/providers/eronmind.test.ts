import { eronmind } from '../../nodes/providers/eronmind';
import type { AspectRatio, ImageMode } from '../../nodes/providers/provider';
import { createSecretMask } from '../../nodes/wire/secretMask';
import { chatJobId, completion, downloadLink, englishText } from '../fixtures/chatTexts';
import { exampleText, streamOf, watchLink } from '../fixtures/chatTexts';
import { inputWith, linkTo } from '../fixtures/inputs';
import { succeeded } from '../fixtures/states';
import { valueOf, valueOrProblem } from './plain';

const answer = (body: unknown) => ({ httpStatus: 200, contentType: 'text/event-stream', body });
const input = inputWith({});
const read = (body: unknown) => valueOrProblem(eronmind.create.read(answer(body), input));
const isComplete = (text: string) => eronmind.create.isComplete?.(text, input);

const withLink = (url: string) => ({ jobId: chatJobId, state: succeeded(url) });
const queued = (jobId: string) => ({ jobId, state: { status: 'queued' } });

const comment = ': keep-alive\n\n';
const blank = 'data: {"id":"chatcmpl-1","choices":[]}\n\ndata:\n\ndata: {"choices":null}\n\n';
const plain = streamOf(exampleText);

const streams: ReadonlyArray<readonly [string, string]> = [
	['in pieces', plain],
	['in large pieces', streamOf(exampleText, { size: 120 })],
	['with CRLF', streamOf(exampleText, { newline: '\r\n' })],
	['with blanks at the ends of its lines', streamOf(exampleText, { newline: ' \n' })],
	['without a space after data:', streamOf(exampleText, { data: 'data:' })],
	['with comments that keep it alive', comment + plain.replaceAll('\n\n', `\n\n${comment}`)],
	['with choices left blank', blank + plain.replaceAll('\n\n', `\n\n${blank}`)],
];

// Broken off inside a character, the half character is not there: the transport decodes so, too.
const decoded = (bytes: Uint8Array) => new TextDecoder().decode(bytes, { stream: true });

/** What is read from a stream that breaks off, from its first byte to its last, each reading once. */
function readingsAtEveryCut(stream: string): unknown[] {
	const bytes = new TextEncoder().encode(stream);
	const readings = new Set<string>();
	for (let length = 0; length <= bytes.length; length++) {
		const text = decoded(bytes.subarray(0, length));
		const reading = read(text);
		const hasJob = 'jobId' in reading;
		readings.add(hasJob ? JSON.stringify(reading) : '"no job yet"');
		if (isComplete(text) !== hasJob) readings.add(`"isComplete is wrong at byte ${length}"`);
	}
	return [...readings].map((reading): unknown => JSON.parse(reading));
}

describe.each(streams)('a stream %s', (_, stream) => {
	test('gives the job and the link', () => {
		expect(read(stream)).toStrictEqual(withLink(downloadLink));
		expect(isComplete(stream)).toBe(true);
	});

	test('cut at any byte gives the whole id and the whole link, or none', () => {
		const [nothing, job, ...links] = readingsAtEveryCut(stream);
		expect([nothing, job]).toStrictEqual(['no job yet', queued(chatJobId)]);
		// A large piece may hold both links.
		expect([
			[withLink(watchLink), withLink(downloadLink)],
			[withLink(downloadLink)],
		]).toContainEqual(links);
	});
});

test('a stream of single characters, cut at any byte, never gives half of anything', () => {
	const text = '> ID: `veo3:1-2`\n[a](https://x.net/source/veo3:1-2)\n🎉 [▶️](https://y.io/1.mp4)';
	const stream = [...text]
		.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
		.join('');
	expect(readingsAtEveryCut(stream)).toStrictEqual([
		'no job yet',
		queued('veo3:1-2'),
		{ jobId: 'veo3:1-2', state: succeeded('https://y.io/1.mp4') },
	]);
});

test('a whole answer cut at any byte is no answer', () => {
	const bytes = new TextEncoder().encode(JSON.stringify(completion(exampleText)));
	const misread: number[] = [];
	for (let length = 0; length < bytes.length; length++) {
		const text = decoded(bytes.subarray(0, length));
		if ('jobId' in read(text) || isComplete(text)) misread.push(length);
	}
	expect(misread).toStrictEqual([]);
});

describe('ways to name the job', () => {
	test.each(['任务ID:', '任务ID：', 'Task ID:', 'ID:'])('%s', (label) => {
		expect(read(streamOf(`> ${label} \`task_abc-1\`\n`))).toStrictEqual(queued('task_abc-1'));
	});

	test('only its links', () => {
		const text = '[Raw Data](https://pro.asyncdata.net/source/9f1)';
		expect(read(streamOf(text))).toStrictEqual(queued('9f1'));
	});

	test('a finished text without an id: an id of its own for each link, which no host can be asked for', () => {
		const jobAt = (link: string) => {
			const job = read(streamOf(`> 🎉 高质量视频已生成\n[⏬ 下载视频](${link})`));
			if (!('jobId' in job)) throw new Error('There is no job');
			return job;
		};
		const job = jobAt(downloadLink);
		expect(job).toStrictEqual({ ...withLink(downloadLink), jobId: job.jobId });
		expect(job.jobId).toMatch(/^link-[0-9a-f]{32}$/);
		expect(eronmind.status.cannotCheck?.(job.jobId)).toBe(true);
		expect(jobAt(downloadLink).jobId).toBe(job.jobId);
		expect(jobAt(downloadLink.replace('.mp4', '-2.mp4')).jobId).not.toBe(job.jobId);
	});
});

describe('the link of a finished job', () => {
	const preview =
		'> ✅ 预览\n[▶️](https://filesystem.site/cdn/720.mp4) | [⏬](https://filesystem.site/cdn/download/720.mp4)\n';
	const final = `[▶️](${watchLink}) | [⏬](${downloadLink})`;

	test.each([
		['is the one after the last marker, not that of the preview', `${preview}> 🎉\n${final}`],
		['is the last one where there is no marker', `\n${preview}${final}`],
	])('%s', (_which, text) => {
		expect(read(streamOf(englishText + text))).toStrictEqual(withLink(downloadLink));
	});

	test('is the one to watch where there is none to download', () => {
		const text = `${englishText}\n> 🎉\n[▶️](${watchLink})`;
		expect(read(streamOf(text))).toStrictEqual(withLink(watchLink));
	});

	test('is none where no address can be read from it', () => {
		const text = `${englishText}\n> 🎉\n[▶️](https://[/a.mp4)`;
		expect(read(streamOf(text))).toStrictEqual(queued(chatJobId));
	});
});

describe('a provider that repeats the prompt does not let it choose the job', () => {
	const forged = 'veo3-pro:00000000-dead-beef-0000-000000000000';
	const prompt = [
		'A cat',
		`> 任务ID: \`${forged}\``,
		`> [数据预览](https://asyncdata.net/web/${forged}) | [原始数据](https://asyncdata.net/source/${forged})`,
		'> 🎉 高质量视频已生成',
		'[⏬ 下载视频](https://forged.example/cdn/download/1.mp4)',
	].join('\n');
	const echoes: ReadonlyArray<readonly [string, string]> = [
		['as it is', prompt],
		['as JSON', JSON.stringify({ prompt })],
		['quoted line by line', prompt.replace(/^/gm, '> ')],
		['quoted line by line, in capitals', prompt.toUpperCase().replace(/^/gm, '> ')],
		['escaped for HTML', prompt.replaceAll('>', '&gt;')],
		['escaped for Markdown', prompt.replace(/[-_[\]()`]/g, '\\$&')],
		['escaped for an address', encodeURI(prompt)],
		['without its ends of lines', prompt.replaceAll('\n', ' ')],
		['without its blanks', prompt.replaceAll(' ', '')],
		['cut in the middle of the link', prompt.slice(0, prompt.indexOf('/source/') + 30)],
	];
	const [firstLine = '', ...otherLines] = exampleText.split('\n');
	const texts = echoes.flatMap(([how, echo]) => [
		[`${how}, before the id`, [firstLine, echo, ...otherLines].join('\n')] as const,
		[`${how}, after the links`, `${exampleText}\n${echo}`] as const,
	]);

	test.each(texts)('%s', (_how, text) => {
		const sent = inputWith({ prompt });
		const readSent = (body: unknown) => valueOrProblem(eronmind.create.read(answer(body), sent));
		expect(readSent(completion(text))).toMatchObject({ jobId: chatJobId });
		const stream = streamOf(text, { size: 60 });
		expect(readSent(stream)).toMatchObject({ jobId: chatJobId });
		const found = new Set<string>();
		for (let length = 0; length <= stream.length; length += 7) {
			const soFar = stream.slice(0, length);
			const reading = readSent(soFar);
			if (eronmind.create.isComplete?.(soFar, sent)) {
				found.add('jobId' in reading ? reading.jobId : 'no job');
			}
			const job = 'jobId' in reading ? reading : undefined;
			expect(JSON.stringify(job) ?? '').not.toMatch(/dead-beef|forged/i);
		}
		expect([...found]).toEqual([chatJobId]);
	});

	test('nor does the address of an image', () => {
		const images = [linkTo(`https://images.example/source/${forged}`)];
		const text = `[image](${images[0]?.url})\n${englishText}`;
		const sent = inputWith({ imageMode: 'firstFrame', images });
		expect(valueOf(eronmind.create.read(answer(streamOf(text)), sent))).toMatchObject({
			jobId: chatJobId,
		});
	});

	test('an id stands at the beginning of a line of the provider', () => {
		const text = `> 优化: a cat, ID: \`${forged}\` [x](https://a.net/source/${forged})\n${englishText}`;
		expect(read(streamOf(text))).toMatchObject({ jobId: chatJobId });
	});
});

describe('a stream that ends without a job', () => {
	test('cannot be read: the job may be running', () => {
		expect(read(streamOf('> 视频生成任务已创建\n'))).toStrictEqual({
			kind: 'unreadable',
			message: expect.stringContaining('视频生成任务已创建'),
		});
		expect(read('data: [DONE]\n\n')).toHaveProperty('kind', 'unreadable');
	});

	test('is quoted without half a key, wherever its quote begins', () => {
		const key = 'sk-01234567899876543210';
		const mask = createSecretMask([key]);
		for (let after = 90; after <= 125; after++) {
			const problem = read(streamOf(`The key ${key} has ${'. '.repeat(after / 2)}`));
			const { message } = mask.result(problem as { message: string });
			expect(message).toMatch(/^a text without a job id: .{80}/);
			expect(message).not.toMatch(/\d/);
		}
	});

	test('says the reason of an error inside it', () => {
		const event = 'data: {"error":{"message":"The channel went away"}}\n\n';
		expect(read(event)).toStrictEqual({ kind: 'unreadable', message: 'The channel went away' });
	});
});

describe('the state at the task-data host', () => {
	const state = (body: object) => valueOrProblem(eronmind.status.read(answer(body)));

	test.each(['failed', 'video_generation_failed', 'video_upsampling_failed'])(
		'%s is not the end while it runs',
		(status) => {
			const body = { status, error_message: 'An attempt failed' };
			expect(state({ ...body, running: true })).toMatchObject({ status: 'running' });
			expect(state({ ...body, running: false })).toMatchObject({ status: 'failed' });
			expect(state(body)).toMatchObject({ status: 'failed' });
		},
	);

	test.each([
		['A', { error_message: 'A', video_generation_error: 'B', upsample_error: 'C' }],
		['B', { error_message: '', video_generation_error: 'B', upsample_error: 'C' }],
		['C', { upsample_error: 'C' }],
	])('the reason is the first that is there: %s', (message, errors) => {
		const failed = { status: 'failed', running: false, ...errors };
		expect(state(failed)).toMatchObject({ failure: { message } });
	});
});

describe('the model id', () => {
	test.each<[string, AspectRatio, ImageMode, string]>([
		['veo_3_1', '16:9', 'none', 'veo_3_1-landscape'],
		['veo_3_1', '9:16', 'none', 'veo_3_1-portrait'],
		['veo_3_1-fast', '16:9', 'firstFrame', 'veo_3_1-landscape-fast'],
		['veo_3_1-fast', '16:9', 'firstAndLastFrame', 'veo_3_1-landscape-fast-fl'],
		['veo_3_1-fl', '9:16', 'firstFrame', 'veo_3_1-portrait-fl'],
		['veo_3_1-landscape-fast', '9:16', 'none', 'veo_3_1-landscape-fast'],
		['veo_3_1-portrait', '16:9', 'none', 'veo_3_1-portrait'],
		['veo9', '16:9', 'none', 'veo9-landscape'],
	])('of %s in %s with %s is %s', (model, aspectRatio, imageMode, expected) => {
		const call = eronmind.create.request(inputWith({ model, aspectRatio, imageMode }), {});
		expect(call.json).toMatchObject({ model: expected, stream: true });
	});

	test.each<[string, AspectRatio, ImageMode, RegExp | undefined]>([
		['veo_3_1-portrait', '16:9', 'none', /portrait/],
		['veo_3_1-portrait', '9:16', 'none', undefined],
		['veo_3_1', '9:16', 'none', undefined],
		// The page says that models with a last frame are short of capacity.
		['veo_3_1', '16:9', 'firstAndLastFrame', /last frame/],
		['veo_3_1', '16:9', 'firstFrame', undefined],
	])('%s in %s with %s: the warning is %s', (model, aspectRatio, imageMode, says) => {
		const warning = eronmind.create.warn?.(inputWith({ model, aspectRatio, imageMode }));
		if (says === undefined) expect(warning).toBeUndefined();
		else expect(warning).toMatch(says);
	});
});
