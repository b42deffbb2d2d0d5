import { createLimiter } from '../../nodes/jobs/limiter';

test('runs at most the limit at a time, in the order of the calls, also calls made meanwhile', async () => {
	const limit = createLimiter(3);
	let running = 0;
	let most = 0;
	const began: number[] = [];
	const work = async (index: number) => {
		began.push(index);
		most = Math.max(most, ++running);
		await Promise.resolve();
		running--;
		if (index % 5 === 0) throw new Error(`work ${index}`);
		return index;
	};
	const all: Array<Promise<number>> = [];
	const come = (index: number) => {
		const one = limit(async () => await work(index));
		all.push(one);
		// Each task that ends adds another one, while others wait.
		const another = () => (all.length < 200 ? come(all.length) : undefined);
		one.then(another, another);
	};
	for (let index = 0; index < 20; index++) come(index);
	let ended: Array<PromiseSettledResult<number>> = [];
	while (ended.length < 200) ended = await Promise.allSettled(all);

	expect(most).toBe(3);
	expect(began).toEqual(Array.from({ length: 200 }, (_none, index) => index));
	expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(40);
});
