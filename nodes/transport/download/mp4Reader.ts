/** Follows the boxes of an MP4 file while it is received. */
export interface Mp4Reader {
	take(chunk: Uint8Array): void;
	/** Whether a whole file may end here: at the end of a box. */
	mayEnd(): boolean;
}

const shortHeaderBytes = 8;
const longHeaderBytes = 16;

/**
 * Detects a file that broke off although its length was unknown or wrong. Every box of ISO/IEC 14496-12
 * begins with its own length.
 */
export function createMp4Reader(): Mp4Reader {
	let header: number[] = [];
	let leftBytes = 0;
	const readInteger = (bytes: readonly number[]) =>
		bytes.reduce((length, byte) => length * 256 + byte, 0);
	const begin = () => {
		const length = readInteger(header.slice(0, 4));
		const isLong = length === 1;
		if (header.length < (isLong ? longHeaderBytes : shortHeaderBytes)) return;
		const whole = isLong ? readInteger(header.slice(8, 16)) : length;
		// 0: the box extends to the end of the file. An impossible length is treated the same.
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
