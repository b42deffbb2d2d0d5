/**
 * Tests that mostly wait, and wait at the same time: the first of them starts all. Each has to tell its
 * own jobs from those of the others.
 */
export function testSideBySide(plays: Record<string, () => Promise<void>>): void {
	const running = new Map<string, Promise<void>>();

	describe('side by side', () => {
		beforeAll(() => {
			for (const [title, play] of Object.entries(plays)) {
				const end = play();
				// Its own test fails.
				end.catch(() => undefined);
				running.set(title, end);
			}
		});

		test.each(Object.keys(plays))('%s', async (title) => await running.get(title));
	});
}
