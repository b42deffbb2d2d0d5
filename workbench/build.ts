import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm } from './npm';

const root = path.join(__dirname, '..');

/** All that a build is made from. The lock file has the version of the compiler. */
const sources = [
	...['nodes', 'credentials', 'gulpfile.js', 'tsconfig.json', 'tsconfig.build.json'],
	...['package.json', 'package-lock.json'],
];

/** Builds the package, unless the last build was made from the same sources and nothing has changed it. */
export function keepBuild(folder: string, say: (text: string) => void): void {
	const mark = path.join(folder, 'built-sources');
	const describe = () => `${hashFiles(sources)} ${hashFiles(['dist'])}`;
	if (existsSync(mark) && readFileSync(mark, 'utf8') === describe()) return;
	say('building the package');
	const { program, given } = npm;
	execFileSync(program, [...given, 'run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
	mkdirSync(folder, { recursive: true });
	writeFileSync(mark, describe());
}

/** A hash of files, and of all files in folders, with their names. */
export function hashFiles(places: readonly string[]): string {
	const hash = createHash('sha256');
	for (const file of places.flatMap(listFiles)) {
		hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
	}
	return hash.digest('hex');
}

function listFiles(place: string): string[] {
	const from = path.join(root, place);
	if (!existsSync(from)) return [];
	if (statSync(from).isFile()) return [place];
	return readdirSync(from, { recursive: true, withFileTypes: true })
		.filter((each) => each.isFile())
		.map((each) => path.relative(root, path.join(each.parentPath, each.name)))
		.sort();
}
