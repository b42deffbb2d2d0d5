import { jest } from '@jest/globals';

/*
 * Lets n8n log all it can, and takes in what it and anybody else writes. Imported first: n8n-core reads
 * the level while it loads.
 */
process.env.N8N_LOG_LEVEL = 'debug';
process.env.N8N_LOG_OUTPUT = 'console';

/** Every line that was logged or printed. */
export const logged: string[] = [];

const note = (...given: unknown[]): boolean => {
	logged.push(given.map(String).join(' '));
	return true;
};

// n8n's logger writes to the console's own streams, which are Jest's where it runs several files.
const { _stdout, _stderr } = console as unknown as Record<string, NodeJS.WriteStream | undefined>;
for (const stream of [process.stdout, process.stderr, _stdout, _stderr]) {
	if (stream !== undefined) jest.spyOn(stream, 'write').mockImplementation(note);
}
for (const word of ['debug', 'error', 'info', 'log', 'warn'] as const) {
	jest.spyOn(console, word).mockImplementation(note);
}
