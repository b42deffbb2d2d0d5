export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export const mean = (values: readonly number[]) => sum(values) / values.length;

/** The value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The most of these times, in milliseconds, that lie within one second of the clock. */
export function mostInASecond(times: readonly number[]): number {
	const perSecond = new Map<number, number>();
	for (const at of times) {
		const second = Math.floor(at / 1000);
		perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
	}
	return Math.max(0, ...perSecond.values());
}

/** As many digits as a figure is good for. */
export const rounded = (value: number, digits = 1) => Number(value.toFixed(digits));
