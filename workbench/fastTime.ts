/**
 * Makes time run faster for everything in this process: nodes, engine and simulator alike. Date.now and
 * performance.now are stretched, and every setTimeout is that much shorter. Node's own sockets keep real time.
 */
export function speedUpTime(times: number): void {
	const realNow = Date.now.bind(Date);
	const realSetTimeout = globalThis.setTimeout;
	const startedAt = realNow();
	const realSteady = performance.now.bind(performance);
	performance.now = () => realSteady() * times;
	Date.now = () => Math.round(startedAt + (realNow() - startedAt) * times);
	const shortened = (handler: () => void, milliseconds = 0, ...rest: []) =>
		realSetTimeout(handler, milliseconds / times, ...rest);
	globalThis.setTimeout = Object.assign(shortened, realSetTimeout) as typeof setTimeout;
}
