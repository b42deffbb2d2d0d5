import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readGoogleCredential, signToken } from '../../credentials/googleCredential';
import type { OptionFields, OptionValues } from '../../nodes/providers/provider';
import { vertex } from '../../nodes/providers/vertex';
import { explainReason } from '../../nodes/wire/googleReasons';
import { createSecretMask } from '../../nodes/wire/secretMask';
import { fixtures } from '../fixtures';
import { firstFile, firstFrame, inputWith } from '../fixtures/inputs';
import { valueOf } from './plain';

const { settings = {}, checks } = fixtures.vertex;
const jobId = checks[0]?.jobId ?? '';
const standard = 'veo-3.1-generate-001';
const answer = (body: unknown, httpStatus = 200) => ({
	...{ httpStatus, contentType: 'application/json', body },
});

describe('what is rejected before anything is sent', () => {
	const reject = (changes: Parameters<typeof inputWith>[0]) =>
		vertex.create.reject?.(inputWith({ model: standard, ...changes }));

	test.each<[string, Parameters<typeof inputWith>[0], RegExp | undefined]>([
		['5 seconds', { options: { durationSeconds: 5 } }, /4, 6 or 8 seconds/],
		[
			'references for 6 seconds',
			{ imageMode: 'referenceImages', options: { durationSeconds: 6 } },
			/reference images only for 8 seconds/,
		],
		[
			'a WebP image',
			{ ...firstFrame({ ...firstFile, mimeType: 'image/webp' }) },
			/accepts JPEG and PNG images only/,
		],
		['a PNG image', { ...firstFrame(firstFile) }, undefined],
		['references for 8 seconds', { imageMode: 'referenceImages' }, undefined],
		[
			'1080p for 4 seconds',
			{ options: { resolution: '1080p', durationSeconds: 4 } },
			/1080p only for 8 seconds/,
		],
		['720p for 4 seconds', { options: { resolution: '720p', durationSeconds: 4 } }, undefined],
		['4K', { options: { resolution: '4k' } }, undefined],
		[
			'4K from a fast model',
			{ model: 'veo-3.1-fast-generate-001', options: { resolution: '4k' } },
			/does not generate 4K/,
		],
		[
			'4K from a light model',
			{ model: 'veo-3.1-lite-generate-001', options: { resolution: '4k' } },
			/does not generate 4K/,
		],
	])('%s', (_name, changes, says) => {
		if (says === undefined) expect(reject(changes)).toBeUndefined();
		else expect(reject(changes)).toMatch(says);
	});

	test.each(['', 'https://example.com/video.mp4', 'gs://bucket', 'bucket/video.mp4'])(
		'an extension of the video "%s", which is not in a bucket',
		(videoUrl) => {
			const input = inputWith({ model: standard, options: { videoUrl } });
			expect(vertex.extend?.reject?.(input)).toMatch(/add the option Video URL with its gs:/);
		},
	);
});

test('the region "global" is sent, with a warning', () => {
	const input = inputWith({ model: standard });
	for (const operation of [vertex.create, vertex.extend]) {
		expect(operation?.warn?.(input, { region: 'global' })).toMatch(/us-central1 only/);
		expect(operation?.warn?.(input, settings)).toBeUndefined();
	}
	const { path } = vertex.create.request(input, { ...settings, region: 'global' });
	expect(path).toContain('/locations/global/');
});

test('enhancePrompt is never sent, and sampleCount and generateAudio always', () => {
	const options: Array<OptionValues<OptionFields>> = [{}, { enhancePrompt: false }, { seed: 7 }];
	for (const chosen of options) {
		const input = inputWith({ model: standard, options: chosen });
		const text = JSON.stringify(vertex.create.request(input, settings).json);
		expect(text).not.toMatch(/enhancePrompt/i);
		expect(text).toMatch(/"sampleCount":1/);
		expect(text).toMatch(/"generateAudio":true/);
	}
});

test('a model that a person types cannot leave its place in the path', () => {
	const input = inputWith({ model: '../../../../x?y#z' });
	const { path } = vertex.create.request(input, settings);
	expect(path).toMatch(/\/models\/\.\.%2F\.\.%2F\.\.%2F\.\.%2Fx%3Fy%23z:predictLongRunning$/);
});

describe('the name of an operation', () => {
	const { jobIdPattern } = vertex.status;

	test.each([
		jobId,
		jobId.replace('veo-project', '123456789012'),
		jobId.replace('veo-project', 'example.com:veo-project'),
		// Google's models may have a version after "@": a job of one must not be lost.
		jobId.replace('-001', '-001@default'),
	])('%s', (id) => {
		expect(id).toMatch(jobIdPattern ?? /^$/);
		expect(vertex.status.request(id, {}).path).toBe(
			`/v1/${id.replace(/\/operations\/.*/, '')}:fetchPredictOperation`,
		);
	});

	test.each([
		'video_1',
		`https://example.com/${jobId}`,
		`//example.com/${jobId}`,
		`@example.com/${jobId}`,
		`${jobId}/../../..`,
		`${jobId}?alt=media`,
		`../${jobId}`,
		jobId.replace('veo-project', '..'),
		jobId.replace('us-central1', '..'),
		jobId.replace('us-central1', 'example.com/'),
		jobId.replace('veo-3.1-fast-generate-001', '..'),
		jobId.replace('google', 'other'),
		`${jobId}\n`,
	])('is refused: %s', (id) => {
		expect(id).not.toMatch(jobIdPattern ?? /./);
		// No path is built from it: it is one encoded part.
		const { path } = vertex.status.request(id, {});
		expect(path).toBe(`/v1/${encodeURIComponent(id)}:fetchPredictOperation`);
	});
});

describe('the file of a video', () => {
	const link = 'gs://my-bucket/a folder/ä?#/sample_0.mp4';

	test('in a bucket: from the host in the credential, with its name as one part', () => {
		expect(vertex.download?.(jobId, { storageUrl: 'https://a.test/' }, { index: 1, link })).toEqual(
			{
				method: 'GET',
				path: 'https://a.test/storage/v1/b/my-bucket/o/a%20folder%2F%C3%A4%3F%23%2Fsample_0.mp4',
				query: { alt: 'media' },
			},
		);
		const { path } = vertex.download?.(jobId, {}, { index: 0, link }) ?? {};
		expect(path).toMatch(/^https:\/\/storage\.googleapis\.com\/storage\/v1\/b\/my-bucket\/o\//);
	});

	test('in a bucket: a name with a space is that of a video too', () => {
		const response = { videos: [{ gcsUri: link, mimeType: 'video/mp4' }] };
		const state = valueOf(vertex.status.read(answer({ name: jobId, done: true, response })));
		expect(state).toMatchObject({ videos: [{ kind: 'final', links: [link] }] });
	});

	test.each(['https://example.com/a.mp4', 'gs://../a.mp4', 'gs://bucket'])(
		'not from %s',
		(other) => {
			expect(vertex.download?.(jobId, {}, { index: 0, link: other })).toBeUndefined();
		},
	);

	test('in the answer: the status call again, for the file with its number', () => {
		expect(vertex.download?.(jobId, {}, { index: 2 })).toEqual({
			...vertex.status.request(jobId, {}),
			embeddedFile: { member: 'bytesBase64Encoded', index: 2 },
		});
	});
});

test.each([
	[404, 'NOT_FOUND', 'Publisher Model was not found.', 'model_retired', false],
	[429, 'RESOURCE_EXHAUSTED', 'Check your plan and billing details.', 'rate_limited', true],
	[401, 'UNAUTHENTICATED', 'Check your iat and exp values in the JWT.', 'key_refused', false],
	[400, 'INVALID_ARGUMENT', 'Refused. Support codes: 90789179', 'content_policy', false],
])('HTTP %i %s on create: %s', (code, status, message, failureCode, retryable) => {
	const reading = vertex.create.read(
		answer({ error: { code, message, status } }, code),
		inputWith({}),
	);
	expect(reading).toMatchObject({
		kind: 'refused',
		failure: { code: failureCode, retryable, message: expect.stringContaining(message) },
	});
});

test('an error inside a list is read as well', () => {
	const body = [{ error: { code: 400, message: 'Bad field', status: 'INVALID_ARGUMENT' } }];
	expect(vertex.create.read(answer(body, 400), inputWith({}))).toMatchObject({
		kind: 'refused',
		failure: { message: 'Bad field' },
	});
});

test('an end with neither videos nor a reason is not taken for "still running"', () => {
	for (const response of [{}, { videos: [] }, { raiMediaFilteredCount: 0, videos: [{}] }]) {
		const reading = vertex.status.read(answer({ name: jobId, done: true, response }));
		expect(reading).toMatchObject({ kind: 'unreadable' });
	}
});

test('the filter is named as the cause whatever its reason says', () => {
	// Taken for a busy provider, the same prompt would be sent again and again.
	const reason =
		"Sorry, we can't create videos with real people's names or likenesses. Please remove the celebrity reference and try again.";
	const response = { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [reason] };
	expect(valueOf(vertex.status.read(answer({ name: jobId, done: true, response })))).toMatchObject({
		status: 'failed',
		failure: { code: 'content_policy', message: reason, retryable: false },
	});
});

describe('what codes mean', () => {
	test.each([
		['Support codes: 58061214', /names children\)$/],
		['Support codes: 29310472, 17301594, 15236754', /names children, a celebrity\)$/],
		['Support code: 61493863.', /names violence\)$/],
		['Support codes: 12345678', /^Support codes: 12345678$/],
		['Order 58061214 is late', /^Order 58061214 is late$/],
	])('%s', (text, says) => {
		expect(explainReason(text)).toMatch(says);
	});
});

describe('the credential', () => {
	const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
	const file = {
		type: 'service_account',
		client_email: 'veo@p.iam.gserviceaccount.com',
		private_key: pem,
		private_key_id: 'abc123',
		project_id: 'veo-project',
	};
	const read = (fields: Record<string, string>) => readGoogleCredential(fields);
	const whole = { serviceAccountJson: JSON.stringify(file, null, 2) };
	const apart = { email: file.client_email, projectId: 'p' };

	test('from the JSON: the host of the region, the project, and a token that its key signed', () => {
		const credential = read(whole);
		expect(credential).toMatchObject({
			kind: 'usable',
			settings: {
				baseUrl: 'https://us-central1-aiplatform.googleapis.com',
				projectId: 'veo-project',
				region: 'us-central1',
				storageUrl: 'https://storage.googleapis.com',
			},
		});
		if (credential.kind !== 'usable' || 'apiKey' in credential.caller)
			throw new Error('No account');
		const [head = '', claims = '', signature = ''] = signToken(
			credential.caller,
			1_700_000_000_999,
		).split('.');
		const parsed = [head, claims].map(
			(part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown,
		);
		expect(parsed).toEqual([
			{ alg: 'RS256', typ: 'JWT', kid: 'abc123' },
			{
				iss: file.client_email,
				sub: file.client_email,
				scope: 'https://www.googleapis.com/auth/cloud-platform',
				iat: 1_700_000_000,
				exp: 1_700_003_600,
			},
		]);
		const isSigned = verify(
			'sha256',
			Buffer.from(`${head}.${claims}`),
			createPublicKey(pem),
			Buffer.from(signature, 'base64url'),
		);
		expect(isSigned).toBe(true);
	});

	test.each<[string, string]>([
		['as it is', pem],
		['with "\\n" for line breaks', pem.replaceAll('\n', '\\n')],
		['with spaces for line breaks', pem.replaceAll('\n', ' ')],
		['in one line', pem.replaceAll('\n', '')],
		['with line breaks of Windows', pem.replaceAll('\n', '\r\n')],
		['in the older format', pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
	])('a key pasted %s', (_how, privateKey) => {
		expect(read({ ...apart, privateKey })).toMatchObject({ kind: 'usable' });
	});

	test.each<[string, Record<string, string>, RegExp]>([
		['text', { serviceAccountJson: 'my key' }, /is not JSON/],
		[
			'half of the JSON',
			{ serviceAccountJson: whole.serviceAccountJson.slice(0, 900) },
			/not JSON/,
		],
		['a list', { serviceAccountJson: '[]', projectId: 'p' }, /has no email \(client_email\)/],
		['null', { serviceAccountJson: 'null' }, /is not JSON/],
		[
			'no private key',
			{ serviceAccountJson: JSON.stringify({ ...file, private_key: undefined }) },
			/has no private key \(private_key\)/,
		],
		[
			'a broken key',
			{ serviceAccountJson: JSON.stringify({ ...file, private_key: pem.replace('MII', 'XII') }) },
			/private key of its service account cannot be read/,
		],
		['a text as key', { ...apart, privateKey: 'secret' }, /cannot be read/],
		[
			'a key of another kind',
			{
				...apart,
				privateKey: generateKeyPairSync('ed25519')
					.privateKey.export({ type: 'pkcs8', format: 'pem' })
					.toString(),
			},
			/cannot be read/,
		],
		['nothing', {}, /has no Project ID/],
		['nothing but a project', { projectId: 'p' }, /has no email/],
		['no API key', { authentication: 'apiKey', projectId: 'p' }, /has no API Key/],
		['an API key without a project', { authentication: 'apiKey', apiKey: 'k' }, /no Project ID/],
		['a region that is a host', { ...whole, region: 'a.test/' }, /its Region is not one such as/],
		[
			'a project that is a path',
			{ ...whole, projectId: '../p' },
			/its Project ID is not one such as/,
		],
	])('%s is refused, without a word of the key', (_name, fields, says) => {
		const credential = read(fields);
		if (credential.kind === 'usable') throw new Error('It was taken');
		expect(credential.problem).toMatch(says);
		expect(credential.problem).not.toMatch(/MII|secret|BEGIN/);
	});

	test('with an API key, the JSON of the other choice is not read', () => {
		const fields = {
			authentication: 'apiKey',
			apiKey: 'k',
			serviceAccountJson: '{',
			projectId: 'p',
		};
		expect(read(fields)).toMatchObject({ kind: 'usable', caller: { apiKey: 'k' } });
	});

	test('for the region "global" the host has no region', () => {
		expect(read({ ...whole, region: 'global' })).toMatchObject({
			settings: { baseUrl: 'https://aiplatform.googleapis.com', region: 'global' },
		});
	});

	test('every form of the key and every token is masked', () => {
		const credential = read(whole);
		if (credential.kind !== 'usable' || 'apiKey' in credential.caller)
			throw new Error('No account');
		const mask = createSecretMask([whole.serviceAccountJson, ...credential.secrets]);
		const lines = pem.split('\n').filter((line) => line.length > 30 && !line.startsWith('-'));
		const token = signToken(credential.caller);
		const texts = [
			whole.serviceAccountJson,
			JSON.stringify(whole),
			Buffer.from(whole.serviceAccountJson).toString('base64'),
			pem,
			pem.replaceAll('\n', '\\n'),
			pem.replaceAll('\n', ''),
			Buffer.from(pem).toString('base64'),
			...lines,
			`Bearer ${token}`,
			`https://a.test/?access_token=${token}&x=1`,
			encodeURIComponent(`"${token}"`),
			JSON.stringify(JSON.stringify({ token })),
		];
		const pieces = [...lines, ...token.split('.')];
		const encoded = lines.map((line) =>
			Buffer.from(line.slice(0, 63)).toString('base64').slice(4, -4),
		);
		for (const text of texts) {
			const masked = [mask.text(text), mask.message(text), mask.data([text])[0] ?? ''];
			for (const each of masked) {
				expect([...pieces, ...encoded].filter((piece) => each.includes(piece))).toEqual([]);
			}
		}
		// What is not a secret stays as it is.
		expect(mask.text(`${file.client_email} ${file.project_id} ${jobId}`)).toBe(
			`${file.client_email} ${file.project_id} ${jobId}`,
		);
	});

	test('a token after other words with dots is masked whole', () => {
		const { secrets } = read(whole) as { secrets: Array<string | RegExp> };
		const mask = createSecretMask(secrets);
		for (const before of ['a.b.', 'eyJa.', 'eyJa.b.', 'eyJa.b.c.']) {
			expect(mask.text(`"${before}eyJhead.eyJclaims.signature"`)).toMatch(/^"(?:a\.b\.)?\*\*\*"$/);
		}
	});

	test('a long answer without a token is masked in a time that grows with its length', () => {
		const { secrets } = read(whole) as { secrets: Array<string | RegExp> };
		const pattern = secrets.find((secret) => typeof secret !== 'string') ?? /^/;
		for (const text of ['eyJ'.repeat(100_000), 'eyJa.'.repeat(2), '-'.repeat(300_000)]) {
			expect(text.match(pattern)).toBeNull();
		}
	});
});

test('a success with a video held back says how many', () => {
	const response = { raiMediaFilteredCount: 1, videos: [{ bytesBase64Encoded: '' }] };
	const state = valueOf(vertex.status.read(answer({ name: jobId, done: true, response })));
	expect(state).toMatchObject({ status: 'succeeded', usage: { raiMediaFilteredCount: 1 } });
});
