const BLOCK_BYTES = 64 * 1024;

/** The start of an MP4 file: a "ftyp" box and a "mdat" box of length 0, which extends to the end. */
const head = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\0mdat', 'latin1');

/**
 * The bytes of a generated video from the first to the last position, in pieces. Each block differs, so that
 * a piece in the wrong place is detected.
 */
export function* generatedBytes(first: number, last: number): Generator<Buffer> {
	for (let start = first - (first % BLOCK_BYTES); start <= last; start += BLOCK_BYTES) {
		const end = Math.min(last + 1 - start, BLOCK_BYTES);
		yield blockAt(start / BLOCK_BYTES).subarray(Math.max(first - start, 0), end);
	}
}

const filler = Buffer.from(Array.from({ length: BLOCK_BYTES }, (_, index) => (index * 31) % 251));

function blockAt(index: number): Buffer {
	const block = Buffer.from(filler);
	if (index === 0) head.copy(block);
	else block.writeDoubleBE(index);
	return block;
}
