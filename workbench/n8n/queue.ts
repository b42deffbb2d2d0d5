import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installFromDebian } from './debian';
import type { Installed } from './install';
import type { Instance, InstanceOptions } from './instance';
import { startN8n } from './instance';

/** PostgreSQL and Redis on loopback, for n8n in queue mode. */
export interface QueueServers {
	/** Environment variables for each n8n instance. */
	environment: Record<string, string>;
	stop(): void;
}

/** Installs both servers if they are missing. */
export function installQueueServers(say: (text: string) => void): void {
	const isThere = existsSync('/usr/bin/redis-server') && existsSync('/usr/lib/postgresql');
	installFromDebian(['postgresql', 'redis-server'], isThere, say);
}

/** Two pairs of servers on one machine need different ports. */
export interface QueuePorts {
	postgresPort: number;
	redisPort: number;
}

/** Starts both servers with their files in a folder. */
export function startQueueServers(
	folder: string,
	say: (text: string) => void,
	{ postgresPort, redisPort }: QueuePorts = { postgresPort: 25_432, redisPort: 26_379 },
): QueueServers {
	installQueueServers(say);
	const postgres = path.join(folder, 'postgres');
	const redis = path.join(folder, 'redis');
	for (const each of [postgres, redis]) {
		rmSync(each, { recursive: true, force: true });
		mkdirSync(each, { recursive: true });
	}
	// PostgreSQL does not run as root; its user needs access to its files.
	chmodSync(folder, 0o755);
	run('chown', ['postgres:', postgres]);
	asPostgres('initdb', ['-D', postgres, '-A', 'trust', '-U', 'n8n', '--no-sync']);
	const options = `-p ${postgresPort} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
	const log = path.join(postgres, 'log');
	asPostgres('pg_ctl', ['-D', postgres, '-w', '-l', log, '-o', options, 'start']);
	const connection = ['-h', '127.0.0.1', '-p', String(postgresPort), '-U', 'n8n', '-d', 'postgres'];
	run('psql', [...connection, '-qc', 'create database n8n']);
	const pidFile = path.join(redis, 'pid');
	run('redis-server', [
		...['--bind', '127.0.0.1', '--port', String(redisPort), '--save', '', '--appendonly', 'no'],
		...['--dir', redis, '--daemonize', 'yes', '--pidfile', pidFile],
		...['--logfile', path.join(redis, 'log')],
	]);
	return {
		environment: {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redisPort),
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(postgresPort),
			DB_POSTGRESDB_USER: 'n8n',
			DB_POSTGRESDB_DATABASE: 'n8n',
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		},
		stop: () => {
			process.kill(Number(readFileSync(pidFile, 'utf8')));
			asPostgres('pg_ctl', ['-D', postgres, '-m', 'fast', 'stop']);
		},
	};
}

/** Starts a worker that runs so many executions at once. */
export const startWorker = async (
	installed: Installed,
	options: InstanceOptions,
	concurrency: number,
): Promise<Instance> =>
	await startN8n(installed, {
		...options,
		command: 'worker',
		arguments: [`--concurrency=${concurrency}`],
		environment: { ...options.environment, QUEUE_HEALTH_CHECK_PORT: String(options.port) },
	});

function asPostgres(program: string, given: string[]): void {
	const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(a) - Number(b));
	const binary = path.join('/usr/lib/postgresql', versions.at(-1) ?? '', 'bin', program);
	run('runuser', ['-u', 'postgres', '--', binary, ...given]);
}

function run(command: string, given: string[]): void {
	execFileSync(command, given, { stdio: ['ignore', 'ignore', 'pipe'] });
}
