import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Growth } from './gauge';
import { measureBelow } from './gauge';

const run = promisify(execFile);
const maxMb = 64;

type Measured = Growth & Record<'answered' | 'download' | 'storedBytes' | 'fileBytes', unknown>;

async function measureFiles(): Promise<Measured> {
	const program = join(__dirname, 'embeddedProcess.ts');
	const { stdout } = await run(process.execPath, ['--import', 'tsx', '--expose-gc', program]);
	return JSON.parse(/^MEASURED (.*)$/m.exec(stdout)?.[1] ?? '{}') as Measured;
}

test('files within an answer stream past it, and to the disk', async () => {
	const { answered, download, storedBytes, fileBytes, residentMb } = await measureBelow(
		maxMb,
		measureFiles,
	);
	const video = { bytesBase64Encoded: '' };
	expect(answered).toEqual({ videos: [video, video] });
	expect(download).toMatchObject({ kind: 'file' });
	expect(storedBytes).toBe(fileBytes);
	process.stderr.write(`Two files of 256 MB within an answer: ${residentMb} MB more resident\n`);
	expect(residentMb).toBeLessThan(maxMb);
});
