/** One of several prompts of an item. Each is a job. */
export interface Scene {
	prompt: string;
	/** From 1. */
	scene: number;
	scenes: number;
}
