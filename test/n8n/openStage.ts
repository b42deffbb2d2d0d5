import { N8nClient } from '../../workbench/n8n/client';
import { startN8n } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';
import type { Credentials } from './workflows';
import { createCredentials } from './workflows';

/** n8n on SQLite with a logged-in person, the simulator, and the credentials for it. */
export interface OpenStage extends Omit<Stage, 'clear'> {
	baseUrl: string;
	client: N8nClient;
	simulator: Simulator;
	credentials: Credentials;
	/** Ends n8n as a power cut would. */
	kill(): Promise<void>;
	/** Starts n8n again after it was killed. */
	startAgain(): Promise<void>;
	close(): Promise<void>;
}

export interface StageSettings {
	environment?: Record<string, string>;
	/** The simulator's address as the credentials have it. */
	address?(baseUrl: string): string;
	/** Without credentials, as after an installation. */
	isNew?: boolean;
}

export async function openStage(
	port: number,
	{ environment = {}, address = (baseUrl) => baseUrl, isNew = false }: StageSettings = {},
): Promise<OpenStage> {
	const { clear, ...stage } = await setStage();
	const simulator = await startSimulator();
	const start = async () =>
		await startN8n(stage.installed, { userFolder: stage.userFolder, port, environment });
	say('starting n8n on SQLite');
	let n8n = await start();
	const client = new N8nClient(n8n.baseUrl);
	await client.logIn();
	const addressed: Simulator = {
		...simulator,
		baseUrl: (name) => address(simulator.baseUrl(name)),
		taskDataUrl: address(simulator.taskDataUrl),
	};
	const credentials = isNew ? {} : await createCredentials(client, addressed);
	return {
		...stage,
		baseUrl: n8n.baseUrl,
		client,
		simulator,
		credentials,
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
