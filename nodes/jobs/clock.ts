/** The time of one node. Tests replace it; the nodes use n8n's own sleep. */
export interface Clock {
	/** Milliseconds since the node began, over all its calls. Setting the machine's clock has no effect. */
	now(): number;
	sleep(milliseconds: number): Promise<void>;
	/** Whether the execution was cancelled. Every wait ends then. */
	isCanceled(): boolean;
}

/** A clock that knows the date. */
export interface DatedClock extends Clock {
	/** The clock's time of a date in milliseconds since 1970: negative if it is before the node began. */
	fromDate(date: number): number;
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
