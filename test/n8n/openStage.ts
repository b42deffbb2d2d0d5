import { N8nClient } from '../../workbench/n8n/client';
import { startN8n } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';

/** A stage on which n8n runs with SQLite, a person who has logged in, and the simulator. */
export interface OpenStage extends Omit<Stage, 'clear'> {
	baseUrl: string;
	client: N8nClient;
	simulator: Simulator;
	/** Ends n8n as a power cut would. */
	kill(): Promise<void>;
	/** Starts n8n again after it was killed. */
	startAgain(): Promise<void>;
	close(): Promise<void>;
}

export async function openStage(
	port: number,
	environment: Record<string, string> = {},
): Promise<OpenStage> {
	const { installed, folder, userFolder, clear } = setStage();
	const simulator = await startSimulator();
	const start = async () => await startN8n(installed, { userFolder, port, environment });
	say('starting n8n on SQLite');
	let n8n = await start();
	const client = new N8nClient(n8n.baseUrl);
	await client.logIn();
	return {
		installed,
		folder,
		userFolder,
		baseUrl: n8n.baseUrl,
		client,
		simulator,
		kill: async () => await n8n.kill(),
		startAgain: async () => {
			n8n = await start();
			await client.logIn();
		},
		close: async () => {
			await n8n.stop();
			await simulator.close();
			clear();
		},
	};
}
