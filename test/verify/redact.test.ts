import { generateKeyPairSync } from 'node:crypto';
import { createSecretMask } from '../../nodes/wire/secretMask';
import { findLeaks, toFile } from '../../workbench/verify/leaks';
import type { Exchange, Recording } from '../../workbench/verify/recorder';
import { redact } from '../../workbench/verify/redact';

const key = 'sk-Zq7Vw2Lk9Tr4Xp8Nc5Bm1Hd6';
const pair = '5f1f7c0e-91f2-4b53-aa10-7d2c9e8b4f60:9ac3e7b15d2f48066b7e0c1d3a5f9e82';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const account = JSON.stringify({
	type: 'service_account',
	private_key: pem,
	client_email: 'veo@p-1.iam.gserviceaccount.com',
});
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ2ZW8ifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
const secrets = [key, pair, account, `Bearer ${jwt}`];

const known = { mask: createSecretMask(secrets), account: '', prompt: 'A cat' };

const base64 = (text: string) => Buffer.from(text).toString('base64');
const [half = ''] = pair.split(':').slice(1);
const [line = ''] = pem.split('\n').slice(3);
const unicode = (text: string) =>
	[...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const attacks: Record<string, string> = {
	plain: `Invalid key ${key}.`,
	'in other case': key.toUpperCase(),
	'without its prefix': key.slice(3),
	'a part of it': `Incorrect key: ${key.slice(0, 16)}…`,
	'with spaces': key.split('').join(' '),
	'URL-encoded, each letter': [...key].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''),
	'URL-encoded twice': encodeURIComponent(encodeURIComponent(`key=${key}&x`)),
	'in base64': base64(key),
	'in base64 behind other text': base64(`ab ${key}`),
	'in base64 for URLs': Buffer.from(`{"k":"${key}"}`).toString('base64url'),
	'in base64 of base64': base64(`x${base64(key)}`),
	'in hexadecimal': Buffer.from(key).toString('hex'),
	'JSON-escaped': unicode(key),
	'JSON-escaped twice': JSON.stringify(unicode(key)),
	'as HTML entities': [...key].map((c) => `&#${c.charCodeAt(0)};`).join(''),
	'the first half of a pair': pair.split(':')[0] ?? '',
	'the second half of a pair': half,
	'the second half of a pair in base64': base64(`:${half}`),
	'Basic authorization': `Basic ${base64(pair)}`,
	'a token': jwt,
	'the signature of a token': jwt.split('.')[2] ?? '',
	'a token of another': 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSJ9.AAAABBBBCCCC',
	'a private key': pem,
	'a private key on one line': pem.replaceAll('\n', '\\n'),
	'a line of a private key': line,
	'a private key of another': '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
	'the e-mail of a service account': 'veo@p-1.iam.gserviceaccount.com',
	'the e-mail of a person': 'jane.doe@mail.example.org',
	'a signed link': 'https://cdn.example.com/a.mp4?X-Amz-Signature=deadbeef0102&Expires=9',
	'events that have it in pieces':
		key
			.match(/.{1,4}/g)
			?.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}`)
			.join('\n\n') ?? '',
};

const recordingOf = (body: string): Recording => {
	const answer = { httpStatus: 200, headers: { location: body }, body };
	const exchange: Exchange = {
		step: 'status',
		method: 'GET',
		url: `https://api.example.com/x?q=${encodeURIComponent(body)}`,
		answer,
	};
	return {
		provider: 'deerApi',
		model: 'veo3',
		date: '2026-01-01T00:00:00Z',
		exchanges: [exchange],
	};
};

test.each(
	Object.entries(attacks).flatMap(([name, attack]) => [
		[name, attack, attack],
		[
			`${name}, in JSON`,
			attack,
			JSON.stringify({ error: { message: `no: ${attack}`, [attack]: [attack] } }),
		],
	]),
)(
	'%s: the second pass refuses it, and the first removes it or it is refused still',
	(_name, attack, body) => {
		expect(findLeaks(JSON.stringify(body), secrets)).not.toEqual([]);
		expect(() => toFile(recordingOf(body), secrets)).toThrow('No report was written');
		let text = '';
		try {
			text = toFile(redact(recordingOf(body), known), secrets);
		} catch (error) {
			expect(String(error)).not.toContain(attack);
			return;
		}
		expect(text).not.toContain(attack);
		expect(findLeaks(text, secrets)).toEqual([]);
	},
);

test('a key that is a short word is refused as a word, and not inside others', () => {
	expect(findLeaks('the key test is wrong', ['test'])).toEqual(['a short secret']);
	expect(findLeaks('latest tests', ['test'])).toEqual([]);
});

test('what has no secret is not refused', () => {
	const body = {
		id: 'video_1',
		url: 'https://cdn.example.com/landscape-8s/a.mp4',
		message: 'Bad key',
	};
	expect(findLeaks(JSON.stringify(body), secrets)).toEqual([]);
});

describe('what stays readable', () => {
	const body = {
		id: 'video_veo3_0a1B2c3D4e5F',
		task: { uuid: '0b54aa10-7d2c-4b53-9e8b-4f609ac3e7b1' },
		again: 'job video_veo3_0a1B2c3D4e5F of 0b54aa10-7d2c-4b53-9e8b-4f609ac3e7b1',
		status: 'video_upsampling_completed',
		created_at: 1773283200,
		...{ user_id: 42, username: 'jane', owner: 'jane', revised_prompt: 'A calm cat' },
		model: 'fal-ai/veo3.1/lite',
		video_url: 'https://cdn.example.com/x/0a1B2c3D4e5F.mp4?sig=abc&alt=media',
	};
	const { exchanges } = redact(recordingOf(JSON.stringify(body)), known);
	const read = JSON.parse(String(exchanges[0]?.answer?.body)) as typeof body;

	test('ids have the same form, and the same one is the same everywhere', () => {
		expect(read.id).toMatch(/^video_veo3_\d[a-f]\d[A-F]\d[a-f]\d[A-F]\d[a-f]\d[A-F]$/i);
		expect(read.id).not.toBe(body.id);
		expect(read.again).toBe(`job ${read.id} of ${read.task.uuid}`);
		expect(read.video_url).toBe(
			`https://cdn.example.com/x/${read.id.replace('video_veo3_', '')}.mp4?sig=removed&alt=removed`,
		);
	});

	test('words, times and models stay; people and prompts do not', () => {
		const { status, created_at, model } = body;
		expect(read).toMatchObject({ status, created_at, model });
		expect(read).toMatchObject({ user_id: 1, username: 'somebody', owner: 'somebody' });
		expect(read.revised_prompt).toBe('<prompt: 10 characters>');
	});

	const redactBody = (text: string) =>
		String(redact(recordingOf(text), known).exchanges[0]?.answer?.body);

	test('a long text is cut, and of a long list what says nothing of Veo', () => {
		const texts = ['a word '.repeat(20_000), 'x'.repeat(200_000), '\\'.repeat(200_000)];
		for (const text of texts) {
			const cut = redactBody(text);
			expect(cut).toMatch(/<cut: \d+ characters>$/);
			expect(cut.length).toBeLessThan(66_000);
			expect(findLeaks(JSON.stringify(cut), secrets)).toEqual([]);
		}
		const ids = Array.from({ length: 2_000 }, (_, index) => ({
			id: `model-${index} for pictures`,
		}));
		const list = JSON.parse(redactBody(JSON.stringify({ data: [...ids, { id: 'veo3.1' }] }))) as {
			data: Array<{ id: string }>;
		};
		expect(list.data).toHaveLength(21);
		expect(list.data.at(-1)?.id).toBe('veo3.1');
	});

	test('JSON that is too deep for the stack is cut', () => {
		const deep = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000);
		expect(redactBody(deep)).toContain('<cut: too deep>');
	});
});
