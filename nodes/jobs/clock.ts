/** Time as the jobs see it. Tests drive it; the nodes give n8n's own sleep. */
export interface Clock {
	/** Milliseconds since 1970. While one call of the node lasts, nobody who sets the machine's clock moves it. */
	now(): number;
	sleep(milliseconds: number): Promise<void>;
	/** Whether the execution was cancelled. Every wait ends then. */
	isCanceled(): boolean;
}

// n8n's sleep obeys a cancel signal only in newer versions, so that every wait is cut into slices.
const sliceMs = 500;

/** Waits until a time, until something is so, or until the execution is cancelled. */
export async function waitUntil(
	clock: Clock,
	time: number,
	shouldStop: () => boolean = () => false,
): Promise<void> {
	while (!clock.isCanceled() && !shouldStop()) {
		const remainingMs = time - clock.now();
		if (remainingMs <= 0) return;
		await clock.sleep(Math.min(remainingMs, sliceMs));
	}
}
