/** Jobs last up to so much longer or shorter than named, so that no interval fits them by chance. */
export const durationSpread = 0.15;

/** How long the next job lasts, in seconds. */
export const varied = (seconds: number, random: () => number) =>
	seconds * (1 + durationSpread * (2 * random() - 1));
