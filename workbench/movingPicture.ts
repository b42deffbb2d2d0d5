import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** The part of a page that a picture shows. */
export interface Area {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Collects pictures of a page and joins them to one that moves. */
export interface Recording {
	/** Takes a picture that is shown for a time. */
	show(clip: Area, forMs: number): Promise<void>;
	/** Takes pictures until something has happened, each shown for as long as the next one took. */
	film(clip: Area, happened: Promise<unknown>): Promise<void>;
	/** Writes an animated WebP with ffmpeg. All pictures get the size of the first. */
	save(file: string): void;
	close(): void;
}

// Fits GitHub's and npm's column without being scaled up.
const widthPixels = 830;
const filmEveryMs = 250;

export function startRecording(page: Page): Recording {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-film-'));
	const frames: string[] = [];
	const seconds: number[] = [];
	let height = 0;
	const show = async (clip: Area, forMs: number) => {
		const frame = path.join(folder, `${frames.length}.png`);
		await page.screenshot({ path: frame, clip });
		frames.push(frame);
		seconds.push(forMs / 1000);
		height ||= 2 * Math.round((clip.height * widthPixels) / clip.width / 2);
	};
	return {
		show,
		film: async (clip, happened) => {
			let isOver = false;
			void happened.finally(() => (isOver = true)).catch(() => undefined);
			while (!isOver) {
				await show(clip, filmEveryMs);
				await page.waitForTimeout(filmEveryMs);
			}
			await happened;
		},
		save: (file) => {
			const list = path.join(folder, 'frames.txt');
			// ffmpeg ignores the duration of the last entry, so it stands twice.
			const last = frames.at(-1) ?? '';
			const lines = frames.map((frame, index) => `file '${frame}'\nduration ${seconds[index]}`);
			writeFileSync(list, [...lines, `file '${last}'`].join('\n'));
			const size = `${widthPixels}:${height}`;
			const fit = `scale=${size}:force_original_aspect_ratio=decrease:flags=lanczos,pad=${size}:-1:-1:color=white`;
			execFileSync('ffmpeg', [
				...['-v', 'error', '-y', '-f', 'concat', '-safe', '0', '-i', list],
				...['-vf', fit, '-fps_mode', 'vfr'],
				...['-c:v', 'libwebp_anim', '-quality', '70', '-loop', '0', file],
			]);
		},
		close: () => rmSync(folder, { recursive: true, force: true }),
	};
}
