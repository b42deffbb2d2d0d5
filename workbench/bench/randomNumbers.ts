/** Reproducible random numbers: the mulberry32 generator and the Box-Muller transform. */
export function randomNumbers(seed: number): { random(): number; normal(): number } {
	let state = seed >>> 0;
	const random = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
	return { random, normal };
}

// Varied durations, so that no poll interval matches the jobs by chance.
const durationSpread = 0.15;

/** A duration up to 15 % shorter or longer. */
export const vary = (seconds: number, random: () => number) =>
	seconds * (1 + durationSpread * (2 * random() - 1));
