import type { IExecuteFunctions, INode } from 'n8n-workflow';
import type { Failure } from '../../nodes/jobs/job';
import type { Ending } from '../../nodes/jobs/watchedJob';
import { providerNamed } from '../../nodes/providers';
import { toResult } from '../../nodes/poll/toResult';

/* The error of one job. What n8n's engine makes of it: test/engine/poll.test.ts. */

const node = { name: 'Poll', type: 'n8n-nodes-veo.veoPollUntilDone', parameters: {} } as INode;

function textAfter(ending: Ending): string {
	const provider = providerNamed('deepWl');
	if (provider === undefined) throw new Error('There is no provider deepWl');
	const { error } = toResult({
		context: { getNode: () => node } as IExecuteFunctions,
		provider,
		providerName: 'deepWl',
		item: {
			kind: 'job',
			itemIndex: 0,
			jobId: 'job-1',
			carried: {},
			binaryProperty: 'video',
			fileName: 'video.mp4',
			includeRaw: false,
		},
		watched: { jobId: 'job-1', checks: 2, ending },
		now: 0,
		downloads: [],
		nameFile: ({ fileName }) => fileName,
		raw: undefined,
		address: 'https://www.example.com/v1',
	});
	return `${error?.message}\n${error?.description}`;
}

test.each([
	[60_000, 1, /after 1 minute\n/, /has refused 1 check since then/],
	[90_000, 2, /after 1\.5 minutes\n/, /has refused 2 checks since then/],
	[120_000, 3, /after 2 minutes\n/, /has refused 3 checks since then/],
])('a number agrees with its noun: after %i ms', (at, limitedChecks, ...says) => {
	const text = textAfter({ kind: 'deadline', at, limitedChecks });
	for (const part of says) expect(text).toMatch(part);
});

test.each<[Failure['code'], RegExp, RegExp]>([
	[
		'wrong_address',
		/No API answers at https:\/\/www\.example\.com\/v1: no/,
		/Check the Base URL in/,
	],
	['key_refused', /job-1: no/, /Check the API key and the Base URL in the credential/],
])('after %s the address or the key is to be checked', (code, says, advice) => {
	const failure: Failure = { code, message: 'no', retryable: false };
	const text = textAfter({ kind: 'refused', at: 15_000, failure });
	for (const part of [says, advice, /job-1 may still be running/]) expect(text).toMatch(part);
});
