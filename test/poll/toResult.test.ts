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

test('where a website is at the address, the address and the field are named', () => {
	const failure: Failure = {
		code: 'wrong_address',
		message: 'a web page instead of JSON (HTTP 200)',
		retryable: false,
	};
	const text = textAfter({ kind: 'refused', at: 15_000, failure });
	expect(text).toMatch(/No API answers at https:\/\/www\.example\.com\/v1: a web page/);
	expect(text).toMatch(/Check the Base URL in the credential/);
	expect(text).toMatch(/The job job-1 may still be running/);
});
