import type { Simulator } from '../../workbench/simulator';
import { gatewayNames, manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { createJob, status, wordAfter } from './creates';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

describe('endings', () => {
	test.each([
		['deerApi', 'failed', { status: 'failed', error: { code: 'generation_failed' } }],
		['deerApi', 'safety', { error: { code: 'content_policy_violation' } }],
		['deepWl', 'failed', { status: 'failed', detail: { error_message: expect.any(String) } }],
		['deepWl', 'canceled', { status: 'cancelled' }],
		['deepWl', 'busy', { detail: { error_message: expect.stringContaining('reCAPTCHA') } }],
		['newApiRemix', 'busy', { fail_reason: expect.stringContaining('E-2003') }],
		['newApiRemix', 'safety', { fail_reason: expect.stringContaining('E-1005') }],
		['apimp', 'failed', { data: { status: 'failed', error_message: expect.any(String) } }],
		['apimp', 'safety', { data: { error_message: expect.stringContaining('61493863') } }],
		['eronmind', 'failed', { status: 'failed', running: false }],
		['eronmind', 'safety', { error_message: expect.stringContaining('UNSAFE_GENERATION') }],
		['deerApiChat', 'safety', { error_message: expect.stringContaining('UNSAFE_GENERATION') }],
		['deepWlVideos', 'canceled', { status: 'cancelled', error: { message: /./ } }],
		['deepWlVideos', 'busy', { error: { message: expect.stringContaining('reCAPTCHA') } }],
		['eronmindVideos', 'failed', { status: 'failed', error: { message: /./ } }],
		['eronmindVideos', 'safety', { error: { message: expect.stringContaining('安全协议') } }],
		['openAiVideos', 'failed', { status: 'failed', error: { code: 'generation_failed' } }],
		['openAiVideos', 'safety', { error: { code: 'moderation_blocked' } }],
		['deepWlVideos', 'leftoverError', { status: 'completed', error: { message: '', code: '' } }],
		['eronmindVideos', 'leftoverError', { status: 'completed', error: { message: '' } }],
		['openAiVideos', 'leftoverError', { status: 'completed', error: { message: '', code: '' } }],
		['deepWlVideos', 'noUrl', { status: 'completed', video_url: '' }],
		['eronmindVideos', 'noUrl', { status: 'completed', video_url: '' }],
		['deerApi', 'leftoverError', { status: 'completed', error: { message: '', code: '' } }],
		['deepWl', 'leftoverError', { status: 'completed', error: { message: '', code: '' } }],
		['newApiRemix', 'leftoverError', { status: 'SUCCESS', data: { error: { code: '' } } }],
		['apimp', 'leftoverError', { data: { status: 'finished', error_message: /./ } }],
		['eronmind', 'leftoverError', { status: 'completed', error_message: /./ }],
		['deepWl', 'noUrl', { status: 'completed', video_url: null }],
		['newApiRemix', 'noUrl', { status: 'SUCCESS', data: { video_url: '' } }],
		['apimp', 'noUrl', { data: { status: 'finished', files: [] } }],
		['eronmind', 'noUrl', { status: 'completed', video_url: '' }],
	] as const)('%s: %s', async (gateway, ending, expected) => {
		const jobId = await createJob(simulator, gateway, `A cat [sim ending=${ending}]`);
		clock.advance(60_000);
		const { json } = await status(simulator, gateway, jobId);
		expect(json).toMatchObject(withPatterns(expected));
	});

	test.each(gatewayNames)('%s: stuck for ever', async (gateway) => {
		const jobId = await createJob(simulator, gateway, 'A cat [sim ending=stuck]');
		const before = await wordAfter(simulator, clock, gateway, jobId, 60_000);
		expect(await wordAfter(simulator, clock, gateway, jobId, 86_400_000)).toBe(before);
	});

	test.each(gatewayNames)('%s: an unknown word, and then the end', async (gateway) => {
		const jobId = await createJob(simulator, gateway, 'A cat [sim ending=strangeStatus]');
		expect(await wordAfter(simulator, clock, gateway, jobId, 30_000)).toMatch(/syncing/i);
		expect(await wordAfter(simulator, clock, gateway, jobId, 30_000)).toMatch(
			/completed|success|finished/i,
		);
	});

	test.each([
		'deepWl',
		'newApiRemix',
		'apimp',
		'eronmind',
		'deerApiChat',
		'deepWlVideos',
		'eronmindVideos',
	] as const)('%s: the link comes late', async (gateway) => {
		const jobId = await createJob(simulator, gateway, 'A cat [sim ending=lateUrl]');
		clock.advance(60_000);
		expect((await status(simulator, gateway, jobId)).text).not.toContain('.mp4');
		clock.advance(5_000);
		expect((await status(simulator, gateway, jobId)).text).toContain('.mp4');
	});

	test.each(gatewayNames)('%s: unknown at first', async (gateway) => {
		const jobId = await createJob(simulator, gateway, 'A cat [sim lagSeconds=5]');
		expect((await status(simulator, gateway, jobId)).httpStatus).toBeGreaterThanOrEqual(400);
		clock.advance(5_000);
		expect((await status(simulator, gateway, jobId)).httpStatus).toBe(200);
	});
});

/** Lets a table say "some text" as a pattern. */
function withPatterns(expected: unknown): object {
	return Object.fromEntries(
		Object.entries(expected as object).map(([key, value]: [string, unknown]) => {
			if (value instanceof RegExp) return [key, expect.stringMatching(value)];
			const isPlain = typeof value === 'object' && value?.constructor === Object;
			return [key, isPlain ? withPatterns(value) : value];
		}),
	);
}
