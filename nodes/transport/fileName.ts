// With ".mp4" and a number for a second one, well below the 255 bytes that file systems take.
const mostBytes = 200;

// What Windows takes for a device, also with an extension: the part before the first dot decides.
const deviceName = /^(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³])(?=[ .]*(?:\.|$))/i;

/**
 * The name of a video file, from a name a person gave or from a job id: safe on every system, and
 * never with a link in it, whose path is the server's and whose query may be a signature.
 */
export function videoFileName(name: string): string {
	const isLink = /^https?:/i.test(name.trim());
	const letters = (isLink ? '' : name)
		.normalize('NFC')
		.replace(/\.mp4$/i, '')
		// Controls, path separators and marks that change the direction of writing are none of these.
		.replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_');
	const trimmed = withinBytes(letters.replace(/^[. -]+/, '')).replace(/[. ]+$/, '');
	if (trimmed === '') return 'video.mp4';
	return `${deviceName.test(trimmed) ? 'video-' : ''}${trimmed}.mp4`;
}

/** The name itself, or the next one with a number that is free. */
export function freeFileName(name: string, isFree: (name: string) => boolean): string {
	let free = name;
	for (let number = 2; !isFree(free); number++) {
		free = name.replace(/\.mp4$/, `-${number}.mp4`);
	}
	return free;
}

function withinBytes(text: string): string {
	let cut = '';
	let bytes = 0;
	for (const letter of text) {
		bytes += Buffer.byteLength(letter);
		if (bytes > mostBytes) break;
		cut += letter;
	}
	return cut;
}
