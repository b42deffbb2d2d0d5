// With ".mp4" and a number for a second one, well below the 255 bytes that file systems take.
const maxBytes = 200;

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

/**
 * Gives out names of which no two owners have the same, whether its letters are large or small: the name
 * itself, or the next one with a number that is free. Who asks for one again gets the same again.
 */
export function uniqueFileNames(): (name: string, owner: string) => string {
	const owners = new Map<string, string>();
	const kept = new Map<string, string>();
	// Where thousands want one name, nobody tries all the numbers before his own.
	const lastNumbers = new Map<string, number>();
	return (name, owner) => {
		const wish = JSON.stringify([name, owner]);
		const before = kept.get(wish);
		if (before !== undefined) return before;
		const isFree = (each: string) => (owners.get(each.toLowerCase()) ?? owner) === owner;
		let number = (lastNumbers.get(name) ?? 0) + 1;
		while (!isFree(numbered(name, number))) number++;
		lastNumbers.set(name, number);
		const own = numbered(name, number);
		owners.set(own.toLowerCase(), owner);
		kept.set(wish, own);
		return own;
	};
}

const numbered = (name: string, number: number) =>
	number === 1 ? name : name.replace(/\.mp4$/, `-${number}.mp4`);

function withinBytes(text: string): string {
	let cut = '';
	let bytes = 0;
	for (const letter of text) {
		bytes += Buffer.byteLength(letter);
		if (bytes > maxBytes) break;
		cut += letter;
	}
	return cut;
}
