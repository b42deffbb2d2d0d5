/** Timers on a clock that is moved by hand. */
export class TimerQueue {
	/** In the order in which they were set. */
	private readonly timers = new Set<Timer>();
	private onSet = (): void => undefined;

	constructor(private readonly now: () => number) {}

	readonly setTimeout = (handler: Handler, milliseconds?: number, ...given: unknown[]): Timer =>
		new Timer(this, () => handler(...given), milliseconds, false);

	readonly setInterval = (handler: Handler, milliseconds?: number, ...given: unknown[]): Timer =>
		new Timer(this, () => handler(...given), milliseconds, true);

	/** Removes and returns the timer due next, the oldest of several. None if no timer has a reference. */
	takeNext(): Timer | undefined {
		const timers = [...this.timers];
		if (!timers.some((timer) => timer.hasRef())) return undefined;
		const next = timers.reduce((first, timer) => (timer.at < first.at ? timer : first));
		this.timers.delete(next);
		return next;
	}

	/** Resolves when the next timer is set. */
	readonly nextSet = async (): Promise<void> =>
		await new Promise((resolve) => {
			this.onSet = resolve;
		});

	add(timer: Timer): void {
		timer.at = this.now() + timer.milliseconds;
		this.timers.delete(timer);
		this.timers.add(timer);
		this.onSet();
	}

	remove(timer: Timer): void {
		this.timers.delete(timer);
	}
}

type Handler = (...given: unknown[]) => void;

/** What setTimeout and setInterval return, with the members of Node's own. */
export class Timer {
	at = 0;
	readonly milliseconds: number;
	private soon?: NodeJS.Immediate;
	private isReferenced = true;

	constructor(
		private readonly queue: TimerQueue,
		private readonly run: () => void,
		milliseconds = 0,
		private readonly repeats: boolean,
	) {
		// At least 1 ms where it is not 0, as in Node: a loop that waits for a time then reaches it.
		this.milliseconds = milliseconds > 0 || repeats ? Math.max(1, milliseconds) : 0;
		this.refresh();
	}

	/** Runs in its own turn of the event loop, so that an exception is thrown as from any timer. */
	fire(): void {
		if (this.repeats) this.queue.add(this);
		this.soon = setImmediate(this.run);
	}

	close(): this {
		this.queue.remove(this);
		clearImmediate(this.soon);
		return this;
	}

	refresh(): this {
		this.close();
		if (this.milliseconds > 0) this.queue.add(this);
		else this.fire();
		return this;
	}

	ref(): this {
		this.isReferenced = true;
		return this;
	}

	unref(): this {
		this.isReferenced = false;
		return this;
	}

	hasRef(): boolean {
		return this.isReferenced;
	}
}
