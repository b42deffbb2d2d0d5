/** The duration in the movie header of an MP4 (ISO 14496-12, box `mvhd`, version 0). */
export function durationSeconds(bytes: Buffer): number {
	const start = bytes.indexOf('mvhd');
	if (start < 0) throw new Error('not an MP4: it has no mvhd box');
	const [timescaleAt, durationAt] = [start + 16, start + 20];
	return Math.round(bytes.readUInt32BE(durationAt) / bytes.readUInt32BE(timescaleAt));
}
