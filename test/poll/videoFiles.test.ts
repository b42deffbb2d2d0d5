import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { videoBytes } from '../../workbench/simulator/files';
import { createExecutionClock } from '../../nodes/execution/executionClock';
import type { ProviderConnection } from '../../nodes/fields/connection';
import type { JobState, JobVideo } from '../../nodes/jobs/job';
import { providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { createVideoFiles } from '../../nodes/poll/videoFiles';
import type { JobFiles } from '../../nodes/poll/videoFiles';
import { createSecretMask } from '../../nodes/wire/secretMask';

/* Where each file of a job comes from. What comes out of the node: test/engine/severalVideos.test.ts. */

const baseUrl = 'https://api.example.com';
const video = videoBytes('landscape-8s');
const succeeded = (...links: string[][]): JobState => ({
	status: 'succeeded',
	videos: links.map((each): JobVideo => ({ kind: 'final', links: each })),
});

interface Scene {
	state: JobState;
	download?: Provider['download'];
	/** What a further check reads. */
	later?: JobState;
	stored?: JobFiles;
}

/** Downloads the files of one job from a host that refuses the old links. */
async function fetchFiles({ state, download, later, stored }: Scene) {
	const asked: string[] = [];
	let checks = 0;
	const answer = async ({ url }: IHttpRequestOptions) => {
		asked.push(url);
		const body = Readable.from([video], { objectMode: false });
		const statusCode = url.startsWith('https://cdn/old') ? 403 : 200;
		return await Promise.resolve({ statusCode, headers: {}, body });
	};
	const context = {
		getExecutionCancelSignal: () => undefined,
		helpers: {
			httpRequest: answer,
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) =>
				await answer(options),
			prepareBinaryData: async (file: Readable, fileName: string) => {
				expect((await buffer(file)).equals(video)).toBe(true);
				return { id: fileName, data: '', mimeType: 'video/mp4' };
			},
		},
	} as unknown as IExecuteFunctions;
	const connection: ProviderConnection = {
		context,
		provider: { ...providers.apimp, download },
		credential: 'veoApimpApi',
		baseUrl,
		settings: { baseUrl },
		keyUrls: [],
		mask: createSecretMask([]),
	};
	const job = { jobId: 'job', checks: 1, state };
	const files = createVideoFiles(
		connection,
		createExecutionClock(context),
		{
			...{ waiting: 'hold', intervalMs: 15_000, timeoutMs: 60_000, tolerance: 5 },
			...{ download: true, deadline: 60_000, isCanceling: false },
		},
		new Map(),
		stored === undefined ? {} : { job: stored },
		async () => {
			checks++;
			return await Promise.resolve({ kind: 'read', value: later ?? state });
		},
	);
	files.start(job);
	const kinds = (await files.wait('job')).map((file) => file?.kind);
	return { asked, checks, kinds, collected: await files.collect('suspend') };
}

const route: Provider['download'] = (jobId, _settings, { index, link = '' }) => ({
	method: 'GET',
	path: `/files/${jobId}/${index}/${encodeURIComponent(link)}`,
});

test('a web link is asked first, another scheme only through the download route', async () => {
	const state = succeeded(['https://cdn/old.mp4'], ['gs://bucket/2.mp4'], []);
	const { asked, kinds } = await fetchFiles({ state, download: route });
	expect(kinds).toEqual(['file', 'file', 'file']);
	expect(asked.sort()).toEqual([
		`${baseUrl}/files/job/0/https%3A%2F%2Fcdn%2Fold.mp4`,
		`${baseUrl}/files/job/1/gs%3A%2F%2Fbucket%2F2.mp4`,
		`${baseUrl}/files/job/2/`,
		'https://cdn/old.mp4',
	]);
});

test('a first segment is downloaded only where there is no final video', async () => {
	const segment: JobVideo = { kind: 'firstSegment', links: ['https://cdn/first.mp4'] };
	const final: JobVideo = { kind: 'final', links: ['https://cdn/final.mp4'] };
	const both = { status: 'succeeded', videos: [segment, final] } as const;
	expect((await fetchFiles({ state: both })).asked).toEqual(['https://cdn/final.mp4']);
	const failure = { code: 'extend_failed', message: 'No', retryable: true } as const;
	const failed = { status: 'failed', failure, videos: [segment] } as const;
	expect((await fetchFiles({ state: failed })).asked).toEqual(['https://cdn/first.mp4']);
});

test('where the links of several videos have expired, each gets its fresh one', async () => {
	const { asked, checks, kinds } = await fetchFiles({
		state: succeeded(['https://cdn/old-1.mp4'], ['https://cdn/old-2.mp4']),
		later: succeeded(['https://cdn/new-1.mp4'], ['https://cdn/new-2.mp4']),
	});
	expect(kinds).toEqual(['file', 'file']);
	expect(asked.slice(2).sort()).toEqual(['https://cdn/new-1.mp4', 'https://cdn/new-2.mp4']);
	expect(checks).toBeLessThanOrEqual(2);
});

test('a file that an earlier call stored is not asked for again, and one that failed is', async () => {
	const binary = { id: 'stored', data: '', mimeType: 'video/mp4' };
	const stored = [null, { kind: 'file', binary }, null] as const;
	const links = [1, 2, 3].map((each) => [`https://cdn/${each === 3 ? 'old' : each}.mp4`]);
	const { asked, kinds, collected } = await fetchFiles({ state: succeeded(...links), stored });
	expect(asked.sort()).toEqual(['https://cdn/1.mp4', 'https://cdn/old.mp4']);
	expect(kinds).toEqual(['file', 'file', 'failed']);
	expect(collected.job).toEqual([expect.objectContaining({ kind: 'file' }), stored[1], null]);
});
