/*
 * `npm run verify -- --provider fal`: tries at a real provider what its mapping takes for granted, and writes
 * a report without secrets. `--simulator` tries the simulator instead.
 */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { providerNames, providers } from '../../nodes/providers';
import { credentialTypes } from '../engine/nodeTypes';
import { manualClock, startSimulator } from '../simulator';
import { simulatorCredentials } from '../simulatorCredentials';
import type { Row } from './judge';
import { judge } from './judge';
import { toFile } from './leaks';
import type { VerifyOptions } from './verify';
import { verify } from './verify';

async function main(): Promise<number> {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	const { values: chosen } = parseArgs({
		options: {
			...{ provider: text, model: text, 'base-url': text },
			...{ spend: flag, yes: flag, simulator: flag },
		},
	});
	const provider = providerNames.find((name) => name === chosen.provider);
	if (provider === undefined) throw new Error(`--provider is one of: ${providerNames.join(', ')}`);
	const { credential } = providers[provider];
	const fields = credentialTypes.get(credential)?.properties ?? [];
	const given = fields.flatMap(({ name }) => {
		const value = process.env[toVariable(name)]?.trim() ?? '';
		return value === '' ? [] : [[name, value] as const];
	});
	if (given.length === 0 && !chosen.simulator) {
		const keys = fields.filter(({ typeOptions }) => typeOptions?.password);
		const names = keys.map(({ name }) => toVariable(name)).join(' or ');
		throw new Error(`No key is set. Put it into ${names}; --simulator tries the simulator`);
	}
	const stopping = new AbortController();
	process.once('SIGINT', () => {
		console.log('\nStopping. The report has what was seen so far');
		stopping.abort();
	});
	const options: VerifyOptions = {
		provider,
		model: chosen.model,
		say: (text) => console.log(toLine(text)),
		wait: async (milliseconds) =>
			await sleep(milliseconds, true, { signal: stopping.signal }).catch(() => false),
		...(chosen.spend && {
			confirm: async () => !stopping.signal.aborted && (chosen.yes || (await ask())),
		}),
		values: {
			...Object.fromEntries(fields.map((field) => [field.name, String(field.default)])),
			...(process.env.VEO_API_KEY !== undefined && { authentication: 'apiKey' }),
			...Object.fromEntries(given),
			...(chosen['base-url'] !== undefined && { baseUrl: chosen['base-url'] }),
		},
	};
	const date = new Date().toISOString().slice(0, 10);
	// Before anything is paid for.
	const stem = reserve(`verify-${provider}-${chosen.simulator ? 'simulator' : date}`);
	try {
		const run = chosen.simulator ? verifySimulator : verify;
		const { recording, secrets, file } = await run(options);
		if (file !== undefined) writeFileSync(`${stem}.mp4`, file);
		const { rows, unread } = judge(recording);
		console.log(`\n${formatTable(rows, unread)}\n`);
		writeFileSync(`${stem}.json`, toFile(recording, secrets));
		console.log(`${stem}.json has no key in it, and is the report to attach to an issue`);
		return rows.some(({ seen }) => seen === 'otherwise') ? 1 : 0;
	} catch (error) {
		rmSync(`${stem}.json`);
		throw error;
	}
}

/** VEO_API_KEY for `apiKey`. */
const toVariable = (field: string) => `VEO_${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`;

// A provider's text must not move the cursor.
const toLine = (text: string) => text.replace(/\p{Cc}/gu, ' ').slice(0, 500);

/** Makes the file of the report, under another name if there is one. Throws where none can be made. */
function reserve(stem: string): string {
	for (let number = 1; ; number++) {
		const name = number === 1 ? stem : `${stem}-${number}`;
		try {
			closeSync(openSync(`${name}.json`, 'wx'));
			return name;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
	}
}

async function ask(): Promise<boolean> {
	if (!process.stdin.isTTY) {
		console.log('There is no terminal to ask at, and no job was sent: --yes answers the question');
		return false;
	}
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	// Ctrl-C and Ctrl-D are no.
	const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
	const question = terminal.question('This costs about one video. Go on? [y/N] ').catch(() => '');
	const answer = await Promise.race([question, closed]);
	terminal.close();
	return /^y(?:es)?$/i.test(answer.trim());
}

async function verifySimulator(options: VerifyOptions) {
	const clock = manualClock(Date.now());
	const simulator = await startSimulator({ clock });
	try {
		const values = simulatorCredentials(simulator)[providers[options.provider].credential] ?? {};
		const wait = async (milliseconds: number) => {
			clock.advance(milliseconds);
			return true;
		};
		return await verify({ ...options, values, wait });
	} finally {
		await simulator.close();
	}
}

/** The rows as text, what is otherwise first, and the fields that nothing reads. */
function formatTable(rows: readonly Row[], unread: readonly string[]): string {
	const order = ['otherwise', 'as expected', 'not seen'];
	const lines = [...rows]
		.sort((a, b) => order.indexOf(a.seen) - order.indexOf(b.seen))
		.map(({ fact, mark, seen, what }) => {
			const text = what === undefined ? seen : `${seen}: ${what}`;
			return toLine(
				`${fact.padEnd(44)}  ${mark.padEnd(10)}  ${seen === 'not seen' ? '' : 'seen '}${text}`,
			);
		});
	return [...lines, '', `Fields that nothing reads: ${unread.join(', ') || 'none'}`].join('\n');
}

main().then(
	(code) => (process.exitCode = code),
	(error: unknown) => {
		console.error(error instanceof Error ? error.message : String(error));
		process.exitCode = 1;
	},
);
