/** Timers on a clock that somebody else moves, in the order in which they are due. */
export class TimerQueue {
	// The latest first: the next one is taken from the end.
	private readonly due: Timer[] = [];
	private orders = 0;
	private onSet = (): void => undefined;

	constructor(private readonly now: () => number) {}

	readonly setTimeout = (handler: Handler, milliseconds?: number, ...given: unknown[]): Timer =>
		new Timer(this, () => handler(...given), milliseconds, false);

	readonly setInterval = (handler: Handler, milliseconds?: number, ...given: unknown[]): Timer =>
		new Timer(this, () => handler(...given), milliseconds, true);

	/** Takes out the timer that is due next, unless none has a reference. */
	takeNext(): Timer | undefined {
		return this.due.some((timer) => timer.hasRef()) ? this.due.pop() : undefined;
	}

	/** Resolves when the next timer is set. */
	readonly nextSet = async (): Promise<void> =>
		await new Promise((resolve) => {
			this.onSet = resolve;
		});

	add(timer: Timer): void {
		timer.at = this.now() + timer.milliseconds;
		timer.order = ++this.orders;
		let low = 0;
		let high = this.due.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (isBefore(timer, this.due[middle] as Timer)) low = middle + 1;
			else high = middle;
		}
		this.due.splice(low, 0, timer);
		this.onSet();
	}

	remove(timer: Timer): void {
		const index = this.due.indexOf(timer);
		if (index >= 0) this.due.splice(index, 1);
	}
}

type Handler = (...given: unknown[]) => void;

const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What setTimeout and setInterval give out, with the members of Node's own. */
export class Timer {
	at = 0;
	order = 0;
	readonly milliseconds: number;
	private soon?: NodeJS.Immediate;
	private isWaitedFor = true;

	constructor(
		private readonly queue: TimerQueue,
		private readonly run: () => void,
		milliseconds = 0,
		private readonly repeats: boolean,
	) {
		// What is more than nothing is at least 1 ms, as in Node: a loop that waits for a time gets there.
		this.milliseconds = milliseconds > 0 || repeats ? Math.max(1, milliseconds) : 0;
		this.refresh();
	}

	/** On its own turn, so that what it throws is thrown as from any timer. */
	come(): void {
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
		else this.come();
		return this;
	}

	ref(): this {
		this.isWaitedFor = true;
		return this;
	}

	unref(): this {
		this.isWaitedFor = false;
		return this;
	}

	hasRef(): boolean {
		return this.isWaitedFor;
	}
}
