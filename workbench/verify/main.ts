/*
 * `npm run verify -- --provider fal`: tries at a real provider what its mapping takes for granted, and writes
 * a report without secrets. Without a key it tries the simulator.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { providerNames, providers } from '../../nodes/providers';
import { credentialTypes } from '../engine/nodeTypes';
import { manualClock, startSimulator } from '../simulator';
import { simulatorCredentials } from '../simulatorCredentials';
import { formatTable } from './formatTable';
import { judge } from './judge';
import { toFile } from './redact';
import type { VerifyOptions } from './verify';
import { verify } from './verify';

const { values: chosen } = parseArgs({
	options: {
		provider: { type: 'string' },
		model: { type: 'string' },
		'base-url': { type: 'string' },
		spend: { type: 'boolean' },
		yes: { type: 'boolean' },
	},
});

async function main(): Promise<void> {
	const provider = providerNames.find((name) => name === chosen.provider);
	if (provider === undefined) throw new Error(`--provider is one of: ${providerNames.join(', ')}`);
	const fields = credentialTypes.get(providers[provider].credential)?.properties ?? [];
	const given = fields.map(({ name }) => [name, process.env[toVariable(name)]] as const);
	const options: VerifyOptions = {
		provider,
		model: chosen.model,
		say: (text) => console.log(text),
		...(chosen.spend && { confirm }),
		values: {
			...Object.fromEntries(fields.map((field) => [field.name, String(field.default)])),
			...(process.env.VEO_API_KEY !== undefined && { authentication: 'apiKey' }),
			...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
			...(chosen['base-url'] !== undefined && { baseUrl: chosen['base-url'] }),
		},
	};
	const hasKey = given.some(([, value]) => value !== undefined);
	const { recording, secrets, file } = await (hasKey ? verify(options) : verifySimulator(options));
	const { rows, unread } = judge(recording);
	console.log(`\n${formatTable(rows, unread)}`);
	const stem = `verify-${provider}-${recording.date.slice(0, 10)}`;
	writeFileSync(`${stem}.json`, toFile(recording, secrets));
	if (file !== undefined) writeFileSync(`${stem}.mp4`, file);
	console.log(`\n${stem}.json has no key in it, and is the report to attach to an issue`);
	const isOdd = rows.some(({ seen }) => seen.kind === 'otherwise');
	process.exitCode = isOdd ? 1 : 0;
}

/** VEO_API_KEY for `apiKey`. */
const toVariable = (field: string) => `VEO_${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`;

async function confirm(): Promise<boolean> {
	if (chosen.yes) return true;
	const question = createInterface({ input: process.stdin, output: process.stdout });
	const text = 'This costs about one video. Go on? [y/N] ';
	// Without a person the input ends, which is no.
	const ended = once(question, 'close').then(() => '');
	const answer = await Promise.race([question.question(text), ended]);
	question.close();
	return /^y(?:es)?$/i.test(answer.trim());
}

async function verifySimulator(options: VerifyOptions) {
	const clock = manualClock(Date.now());
	const simulator = await startSimulator({ clock });
	console.log('No key is set (VEO_API_KEY): this is the simulator, and costs nothing\n');
	try {
		const values = simulatorCredentials(simulator)[providers[options.provider].credential] ?? {};
		const wait = async (milliseconds: number) => clock.advance(milliseconds);
		return await verify({ ...options, values, wait });
	} finally {
		await simulator.close();
	}
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
});
