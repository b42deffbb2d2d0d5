import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installed } from './install';
import { withFolderInPath } from './platform';

/** A running n8n process: a main instance, a worker or a webhook processor. */
export interface Instance {
	baseUrl: string;
	pid: number;
	/** SIGKILL, as in a power cut. */
	kill(): Promise<void>;
	/** SIGTERM, and SIGKILL after 30 s. */
	stop(): Promise<void>;
}

export interface InstanceOptions {
	/** Holds configuration, SQLite database and installed packages. */
	userFolder: string;
	port: number;
	command?: 'start' | 'worker' | 'webhook';
	environment?: Record<string, string>;
	arguments?: string[];
}

/** Where n8n's task runners connect. */
export const brokerPort = (port: number) => port + 1;

const maxStartMs = 120_000;

/** Starts a real n8n without calls to the outside, and waits until it is ready. */
export async function startN8n(installed: Installed, options: InstanceOptions): Promise<Instance> {
	const { userFolder, port, command = 'start' } = options;
	mkdirSync(userFolder, { recursive: true });
	// If this file exists, n8n pauses for ten seconds to avoid crash loops. A worker that shares the folder
	// with a main instance finds that one's file.
	rmSync(path.join(userFolder, '.n8n', 'crash.journal'), { force: true });
	const logFile = path.join(userFolder, `${command}-${port}.log`);
	const log = openSync(logFile, 'a');
	const child = spawn(installed.node, [installed.n8n, command, ...(options.arguments ?? [])], {
		env: buildEnvironment(installed, options),
		stdio: ['ignore', log, log],
	});
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const baseUrl = `http://127.0.0.1:${port}`;
	try {
		await untilReady(child, baseUrl, `n8n ${command}`, logFile);
	} catch (error) {
		// It would keep its port, and answer the next start.
		child.kill('SIGKILL');
		throw error;
	}
	return {
		baseUrl,
		pid: child.pid ?? 0,
		kill: async () => {
			child.kill('SIGKILL');
			await exited;
		},
		stop: async () => {
			child.kill('SIGTERM');
			const late = new AbortController();
			const forced = sleep(30_000, 'late', { signal: late.signal }).catch(() => undefined);
			if ((await Promise.race([exited, forced])) === 'late') child.kill('SIGKILL');
			late.abort();
			await exited;
		},
	};
}

// Windows starts no program without these. n8n reads many other variables, which a person may have set.
const inheritedNames = /^(?:path|pathext|systemroot|comspec|temp|tmp|appdata|localappdata)$/i;

const inheritedEnvironment = (): NodeJS.ProcessEnv =>
	Object.fromEntries(Object.entries(process.env).filter(([name]) => inheritedNames.test(name)));

function buildEnvironment(
	installed: Installed,
	{ userFolder, port, environment = {} }: InstanceOptions,
): NodeJS.ProcessEnv {
	return {
		...withFolderInPath(inheritedEnvironment(), path.dirname(installed.node), process.platform),
		HOME: userFolder,
		USERPROFILE: userFolder,
		LANG: 'C.UTF-8',
		TZ: 'UTC',
		// What Node has compiled for one start is there for the next: 6.8 instead of 8.5 s of the processor.
		NODE_COMPILE_CACHE: path.join(installed.folder, 'compiled'),
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: 'workbench-encryption-key',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_PORT: String(port),
		N8N_SECURE_COOKIE: 'false',
		// Unique for each instance on a machine.
		N8N_RUNNERS_BROKER_PORT: String(brokerPort(port)),
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_DISABLED_MODULES: 'mcp-registry',
		EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
		EXECUTIONS_DATA_SAVE_ON_ERROR: 'all',
		EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
		...environment,
	};
}

/** The health route responds before the controllers; only a main instance has the second. */
async function untilReady(
	child: ChildProcess,
	baseUrl: string,
	name: string,
	logFile: string,
): Promise<void> {
	const deadline = Date.now() + maxStartMs;
	while (Date.now() < deadline) {
		if (child.exitCode !== null) {
			throw new Error(`${name} ended with ${child.exitCode}. Its log: ${logFile}`);
		}
		if (await answers(`${baseUrl}/healthz/readiness`)) {
			if (name !== 'n8n start' || (await answers(`${baseUrl}/rest/settings`))) return;
		}
		await sleep(100);
	}
	throw new Error(`${name} was not ready within ${maxStartMs / 1000} s. Its log: ${logFile}`);
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
		const text = await response.text();
		return response.ok && (!url.endsWith('settings') || text.includes('"data"'));
	} catch {
		return false;
	}
}
