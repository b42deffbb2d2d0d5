// Makes the videos of rehearsals and writes nodes/rehearsal/samples.ts. Needs ffmpeg; the result is committed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const sizes = { '16:9': '320x180', '9:16': '180x320' };
const lengths = { whole: 8, extended: 15 };

/** A dark picture with the word, the second and a bar that grows, and a silent track. */
function makeVideo(file: string, size: string, seconds: number): void {
	const centered = 'x=(w-text_w)/2';
	const picture = [
		`drawtext=text=REHEARSAL:fontcolor=white:fontsize=28:${centered}:y=h/2-40`,
		`drawtext=text='%{pts\\:flt} s':fontcolor=0xffb454:fontsize=22:${centered}:y=h/2+10`,
		`drawbox=x=0:y=ih-8:w=iw*t/${seconds}:h=8:color=0xffb454:t=fill`,
	].join();
	execFileSync('ffmpeg', [
		...['-loglevel', 'error', '-y'],
		...['-f', 'lavfi', '-i', `color=c=0x1f2430:s=${size}:r=4:d=${seconds}`],
		...['-f', 'lavfi', '-i', 'anullsrc=r=22050:cl=mono'],
		...['-vf', picture, '-t', String(seconds)],
		...['-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'veryslow', '-crf', '40'],
		...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '8k'],
		...['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact'],
		...['-flags:a', '+bitexact', '-movflags', '+faststart', file],
	]);
}

const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
const lines = Object.entries(sizes).flatMap(([aspectRatio, size]) =>
	Object.entries(lengths).map(([length, seconds]) => {
		const file = path.join(folder, `${length}.mp4`);
		makeVideo(file, size, seconds);
		return `\t'${aspectRatio} ${length}': '${readFileSync(file).toString('base64')}',`;
	}),
);
rmSync(folder, { recursive: true });
const text = `/* Written by workbench/samples.ts. */

/** The videos of rehearsals as base64: 8 seconds, or 15 as an extended one. */
export const samples = {
${lines.join('\n')}
} as const;
`;
writeFileSync(path.join(__dirname, '..', 'nodes', 'rehearsal', 'samples.ts'), text);
process.stdout.write(`Written: ${Math.round(text.length / 1024)} kB\n`);
