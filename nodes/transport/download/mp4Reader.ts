/** Follows an MP4 file as it comes, from box to box. */
export interface Mp4Reader {
	take(chunk: Uint8Array): void;
	/** Whether the file may end here: a whole one ends where its last box does. */
	mayEnd(): boolean;
}

const shortHeaderBytes = 8;
const longHeaderBytes = 16;

/**
 * Where a file breaks off and its length was never told, or told wrong, nothing else shows that it is
 * not whole: every box of ISO/IEC 14496-12 begins with its own length.
 */
export function createMp4Reader(): Mp4Reader {
	let header: number[] = [];
	let leftBytes = 0;
	const lengthOf = (bytes: readonly number[]) =>
		bytes.reduce((length, byte) => length * 256 + byte, 0);
	const begin = () => {
		const length = lengthOf(header.slice(0, 4));
		const isLong = length === 1;
		if (header.length < (isLong ? longHeaderBytes : shortHeaderBytes)) return;
		const whole = isLong ? lengthOf(header.slice(8, 16)) : length;
		// 0 means that the box goes on to the end of the file. Another length that cannot be tells nothing.
		leftBytes = whole < header.length ? Infinity : whole - header.length;
		header = [];
	};
	return {
		take: (chunk) => {
			for (let at = 0; at < chunk.length;) {
				if (leftBytes === 0) {
					header.push(chunk[at++] ?? 0);
					if (header.length >= shortHeaderBytes) begin();
					continue;
				}
				const passed = Math.min(leftBytes, chunk.length - at);
				leftBytes -= passed;
				at += passed;
			}
		},
		mayEnd: () => header.length === 0 && (leftBytes === 0 || leftBytes === Infinity),
	};
}
