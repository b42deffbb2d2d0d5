import { execFileSync } from 'node:child_process';

/** Installs missing Debian packages. Needs root, as in a container. */
export function installFromDebian(
	packages: readonly string[],
	isThere: boolean,
	say: (text: string) => void,
): void {
	if (isThere) return;
	say(`installing ${packages.join(' and ')} from Debian’s packages`);
	aptGet('update');
	aptGet('install', '-y', '--no-install-recommends', ...packages);
}

function aptGet(command: string, ...given: string[]): void {
	const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	execFileSync('apt-get', [command, '-qq', ...given], {
		env: environment,
		stdio: ['ignore', 'ignore', 'pipe'],
	});
}
