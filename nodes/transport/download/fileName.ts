// With ".mp4" and a number, well below the limit of file systems, 255 bytes.
const maxBytes = 200;

// Device names of Windows, which ignores everything after the first dot.
const deviceName = /^(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³])(?=[ .]*(?:\.|$))/i;

/**
 * The name of a video file, from the user's name or a job id: safe on every system. A link is not used:
 * its path is the server's, and its query may be a signature.
 */
export function videoFileName(name: string): string {
	const isLink = /^https?:/i.test(name.trim());
	const letters = (isLink ? '' : name)
		.normalize('NFC')
		.replace(/\.mp4$/i, '')
		// Removes control characters, path separators and marks for the direction of writing.
		.replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_');
	const trimmed = cutToBytes(letters.replace(/^[. -]+/, '')).replace(/[. ]+$/, '');
	if (trimmed === '') return 'video.mp4';
	return `${deviceName.test(trimmed) ? 'video-' : ''}${trimmed}.mp4`;
}

/**
 * Makes names unique per owner, in any case: the name itself, or the name with the next free number. The
 * same name and owner get the same result.
 */
export function uniqueFileNames(): (name: string, owner: string) => string {
	const owners = new Map<string, string>();
	const kept = new Map<string, string>();
	// Start at the last number used, so that n equal names cost n steps.
	const lastNumbers = new Map<string, number>();
	return (name, owner) => {
		const request = JSON.stringify([name, owner]);
		const before = kept.get(request);
		if (before !== undefined) return before;
		const isFree = (each: string) => (owners.get(each.toLowerCase()) ?? owner) === owner;
		let number = (lastNumbers.get(name) ?? 0) + 1;
		while (!isFree(addNumber(name, number))) number++;
		lastNumbers.set(name, number);
		const own = addNumber(name, number);
		owners.set(own.toLowerCase(), owner);
		kept.set(request, own);
		return own;
	};
}

const addNumber = (name: string, number: number) =>
	number === 1 ? name : name.replace(/\.mp4$/, `-${number}.mp4`);

function cutToBytes(text: string): string {
	let cut = '';
	let bytes = 0;
	for (const letter of text) {
		bytes += Buffer.byteLength(letter);
		if (bytes > maxBytes) break;
		cut += letter;
	}
	return cut;
}
