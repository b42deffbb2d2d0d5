import fc from 'fast-check';
import type { JobState } from '../../nodes/jobs/job';
import type { Provider } from '../../nodes/providers/provider';
import { operationNames } from '../../nodes/providers/provider';
import type { Answer, CreatedJob, Reading } from '../../nodes/wire/call';
import type { ProviderName } from '../../nodes/providers';
import { providerNames, providers } from '../../nodes/providers';
import { isVeoModel } from '../../nodes/providers/dialects/models';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import { deepArray, disturbed } from './hostileValues';
import { offers, triedIn } from './offers';
import { frozen, memberNames, valueOrProblem, withoutUndefined } from './plain';
import { brokenProblemRules, brokenRules, isWebLink } from './stateRules';

const input = inputWith({});

const json = (body: unknown, httpStatus = 200, headers: Answer['headers'] = {}): Answer => ({
	httpStatus,
	contentType: 'application/json',
	body,
	headers,
});

const subjects = providerNames.map((name: ProviderName) => ({
	name,
	provider: providers[name] as Provider,
	fixture: fixtures[name],
}));

/** The operations of a provider beside their fixtures; undefined where one of the two is missing. */
const operationsOf = ({ provider, fixture }: (typeof subjects)[number]) =>
	operationNames.flatMap((operationName) => {
		const operation = provider[operationName];
		const cases = fixture.operations[operationName];
		return operation === undefined || cases === undefined
			? []
			: [{ operationName, operation, cases }];
	});

const answersWithoutContent: ReadonlyArray<readonly [string, unknown]> = [
	['nothing', ''],
	['missing', undefined],
	['null', null],
	['an empty object', {}],
	['an empty array', []],
	['an array', [{ unrelated: 1 }]],
	['a number', 7],
	['a boolean', true],
	['text', 'upstream timed out'],
	['a web page', '<!DOCTYPE html><html><title>502: Bad gateway</title></html>'],
	['a wrapper around nothing', { code: 'success', message: '', data: null }],
	['a success of nothing', { code: 200, data: null }],
	['more brackets than there is stack for', deepArray(20_000)],
	['members of other types', { id: {}, task_id: [], status: {}, data: [], choices: [null] }],
];

describe.each(subjects)('$name', (subject) => {
	const { provider, fixture } = subject;
	const { settings = {} } = fixture;
	const operations = operationsOf(subject);

	test('has fixtures for exactly the operations it has', () => {
		const has = operationNames.filter((operationName) => provider[operationName] !== undefined);
		expect(Object.keys(fixture.operations)).toStrictEqual(has);
		expect(fixture.downloads.length > 0).toBe(provider.download !== undefined);
		expect(fixture.balance?.length).toBe(provider.balance?.parts.length);
	});

	describe.each(operations)('$operationName', ({ operation, cases }) => {
		test.each(cases.requests)('sends $name', ({ input, call }) => {
			const before = structuredClone(input);
			const sent = operation.request(frozen(input), settings);
			expect(withoutUndefined(sent)).toStrictEqual(call);
			expect(withoutUndefined(operation.request(frozen(before), settings))).toStrictEqual(call);
			expect(input).toStrictEqual(before);
			expect(operation.reject?.(input)).toBeUndefined();
			const members = [...memberNames(sent), ...(sent.form ?? []).map(({ field }) => field)];
			expect(members.filter((member) => credentialLike.test(member))).toStrictEqual([]);
		});

		test('has a case for every way it offers', () => {
			expect(triedIn(cases)).toStrictEqual(offers(operation));
		});

		test('offers each model only with images that the provider takes', () => {
			const modes = new Set(['none', ...(operation.images?.modes ?? [])]);
			const astray = operation.models.filter(({ imageModes }) =>
				imageModes.some((mode) => !modes.has(mode)),
			);
			expect(astray).toStrictEqual([]);
			expect(operation.models.every(({ id }) => isVeoModel(id))).toBe(true);
			expect(new Set(operation.models.map(({ id }) => id)).size).toBe(operation.models.length);
		});

		test('has a default model that needs no images', () => {
			expect(operation.models[0]?.imageModes).toContain('none');
		});

		test('has options whose default is one of their own values', () => {
			const astray = Object.values(operation.options).filter((option) =>
				option.type === 'choice'
					? !option.choices.includes(option.default)
					: option.type === 'number' &&
						(option.default < (option.min ?? -Infinity) ||
							option.default > (option.max ?? Infinity)),
			);
			expect(astray).toStrictEqual([]);
		});

		test.each(cases.answers)('reads the answer of $document', ({ body, created }) => {
			expect(
				withoutUndefined(valueOrProblem(operation.read(frozen(json(body)), input))),
			).toStrictEqual(created);
		});

		test.each(answersWithoutContent)('takes %s for no answer', (_, body) => {
			expect(operation.read(json(body), input)).toStrictEqual({
				kind: 'unreadable',
				message: expect.any(String),
			});
		});

		// It may have been started, and the id finds it.
		test.each(cases.answers)(
			'with HTTP 400 the outcome is open, and names its job: $document',
			(each) => {
				expect(operation.read(json(each.body, 400), input)).toStrictEqual({
					kind: 'unreadable',
					message: expect.stringMatching(/\S/),
					seenJobId: each.created.jobId,
				});
			},
		);

		// A stream has its job near its beginning; half of a JSON text is not read.
		test.each(cases.answers)('takes half an answer for no whole one: $document', (each) => {
			const { body, created } = each;
			const text = typeof body === 'string' ? body : JSON.stringify(body);
			const reading = operation.read(json(text.slice(0, text.length / 2)), input);
			expect(reading.kind === 'read' ? reading.value.jobId : 'no job').toBe(
				typeof body === 'string' ? created.jobId : 'no job',
			);
		});

		test.each(fixture.refusals)('is refused as in $document', ({ body, httpStatus, failure }) => {
			const reading = operation.read(json(body, httpStatus), input);
			expect(withoutUndefined(reading)).toStrictEqual({ kind: 'refused', failure });
		});

		test.each(cases.answers)('keeps every rule for whatever resembles $document', ({ body }) => {
			fc.assert(
				fc.property(disturbed(body), (other) => {
					expect(rulesBrokenBy(operation.read(json(other), input))).toStrictEqual([]);
				}),
				{ numRuns: 150 },
			);
		});
	});

	describe('status', () => {
		const read = (body: unknown, httpStatus = 200) =>
			valueOrProblem(provider.status.read(json(body, httpStatus)));

		test.each(fixture.checks)('asks $call.path', ({ jobId, settings = {}, call }) => {
			expect(withoutUndefined(provider.status.request(jobId, frozen(settings)))).toStrictEqual(
				call,
			);
		});

		test.each(fixture.states)('reads: $name', ({ body, httpStatus, headers, state }) => {
			const reading = provider.status.read(json(frozen(body), httpStatus, headers));
			expect(withoutUndefined(valueOrProblem(reading))).toStrictEqual(state);
		});

		const { words } = fixture;
		if (words !== undefined) {
			const { statuses, body } = words;
			test.each(Object.entries(statuses))('says %s is %s', (word, status) => {
				for (const written of [word, word.toUpperCase(), word.toLowerCase(), ` ${word}\n`]) {
					expect(withoutUndefined(read(body(written)))).toMatchObject({ status });
					expect(read(body(written))).not.toHaveProperty('statusWord', written.trim());
				}
			});

			test.each(['Warming_Up', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
				'says a job of the unheard-of word %s is running',
				(word) => {
					expect(read(body(word))).toMatchObject({ status: 'running', statusWord: word });
				},
			);
		}

		test.each(answersWithoutContent)('takes %s for no answer', (_, body) => {
			expect(read(body)).toStrictEqual({ kind: 'unreadable', message: expect.any(String) });
		});

		test.each(fixture.states)('takes half an answer for no answer: $name', ({ body }) => {
			const text = JSON.stringify(body);
			expect(read(text.slice(0, text.length / 2))).toStrictEqual({
				kind: 'unreadable',
				message: expect.any(String),
			});
		});

		// A job may end with some of them.
		const endings = fixture.states.map(({ httpStatus }) => httpStatus);
		const refusals = fixture.refusals.filter(({ httpStatus }) => !endings.includes(httpStatus));
		test.each(refusals)('does not take an error for a state: $document', (each) => {
			const reading = provider.status.read(json(each.body, each.httpStatus));
			// A provider that wraps its refusals into HTTP 200 marks them as such.
			const problems = [
				{ kind: 'unreadable', message: each.failure.message },
				{ kind: 'refused', failure: each.failure },
			];
			expect(problems).toContainEqual(reading);
		});

		test.each(fixture.states)(
			'keeps every rule for whatever resembles: $name',
			({ body, httpStatus }) => {
				fc.assert(
					fc.property(disturbed(body), (other) => {
						expect(rulesBrokenBy(provider.status.read(json(other, httpStatus)))).toStrictEqual([]);
					}),
					{ numRuns: 150 },
				);
			},
		);

		test('a success without a link has a download route', () => {
			const isBehindRoute = fixture.states.some(
				({ state }) =>
					state.status === 'succeeded' &&
					!state.videos.some(({ links }) => links.some(isWebLink)) &&
					state.isLinkLate !== true &&
					state.removed === undefined,
			);
			expect(provider.download === undefined && isBehindRoute).toBe(false);
		});

		test('can check every job that the provider itself named', () => {
			for (const jobId of ['task_1', 'veo3-pro:03bd6356', 'link-1', 'https://example.com/a.mp4']) {
				expect(provider.status.cannotCheck?.(jobId) ?? false).toBe(false);
			}
		});
	});

	const parts = provider.balance?.parts ?? [];
	const balances = (fixture.balance ?? []).map((each, index) => ({ ...each, part: parts[index] }));
	if (balances.length > 0) {
		describe.each(balances)('balance: $call.path', ({ part, settings: own = {}, ...each }) => {
			const read = (body: unknown) => part?.read(json(body));

			test('asks as documented', () => {
				expect(withoutUndefined(part?.request(frozen(own)))).toStrictEqual(each.call);
			});

			test('reads the documented answer', () => {
				expect(read(frozen(each.body))).toStrictEqual({ kind: 'read', value: each.amount });
			});

			test.each(each.problems)('reads no balance: $message', ({ body, message }) => {
				const reading = read(body);
				expect(reading?.kind).not.toBe('read');
				expect(JSON.stringify(reading)).toMatch(message);
			});

			test.each(answersWithoutContent)('takes %s for no balance', (_, body) => {
				expect(read(body)).toStrictEqual({ kind: 'unreadable', message: expect.any(String) });
			});

			test('reads a finite number or a problem from whatever resembles it', () => {
				fc.assert(
					fc.property(disturbed(each.body), (other) => {
						const reading = read(other);
						if (reading?.kind === 'read') expect(reading.value).toBe(Number(reading.value));
						else expect(reading && brokenProblemRules(reading)).toStrictEqual([]);
					}),
					{ numRuns: 150 },
				);
			});
		});
	}

	test('downloads by the route of its documents', () => {
		expect(
			fixture.downloads.map(({ jobId, settings = {} }) =>
				provider.download?.(jobId, settings, { index: 0 }),
			),
		).toStrictEqual(fixture.downloads.map(({ call }) => call));
	});

	test('encodes an id wherever it stands in a path', () => {
		const id = 'veo3-pro:1/../2?a=b#c%20$&';
		const calls = [
			provider.status.request(id, {}),
			...[provider.download?.(id, {}, { index: 0 }) ?? []].flat(),
			...operations.flatMap(({ operation, cases }) =>
				cases.requests
					.filter(({ input }) => input.sourceId !== '')
					.map(({ input }) => operation.request({ ...input, sourceId: id }, {})),
			),
		];
		const wrong = calls.filter(({ path, query = {}, json = {} }) =>
			path.includes(encodeURIComponent(id))
				? path.includes(id)
				: ![query, json].some((fields) => Object.values(fields).includes(id)) ||
					path.includes('veo3-pro'),
		);
		expect(wrong).toStrictEqual([]);
	});

	test('leads to a public page, and has a name and a credential', () => {
		expect(new URL(provider.document).protocol).toBe('https:');
		expect(provider.credential).toMatch(/^veo[A-Z][A-Za-z]*Api$/);
		expect(provider.label.trim()).not.toBe('');
	});
});

test('no two providers share a label, and only those of one host a credential', () => {
	const all = Object.values(providers);
	expect(new Set(all.map(({ label }) => label)).size).toBe(all.length);
	const hostOf = new Map<string, string>();
	for (const name of providerNames) {
		const { credential } = providers[name];
		const provider = hostOf.get(credential) ?? name;
		expect(name.startsWith(provider)).toBe(true);
		hostOf.set(credential, provider);
	}
});

const credentialLike =
	/authori[sz]ation|bearer|api[-_]?key|secret|password|credential|^(?:key|token|headers?)$/i;

function rulesBrokenBy(reading: Reading<CreatedJob> | Reading<JobState>): string[] {
	if (reading.kind !== 'read') return brokenProblemRules(reading);
	if (!('jobId' in reading.value)) return brokenRules(reading.value);
	const { jobId, state } = reading.value;
	return [...(jobId.trim() === '' ? ['no job id'] : []), ...brokenRules(state)];
}
