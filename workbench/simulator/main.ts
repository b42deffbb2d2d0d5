import { parseArgs } from 'node:util';
import { gatewayNames, manualClock, realClock, startSimulator } from '.';

/** The simulator as a process of its own: `tsx workbench/simulator/main.ts --port 0 --speed 20`. */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '0' },
			'cdn-port': { type: 'string', default: '0' },
			speed: { type: 'string', default: '20' },
			'manual-clock': { type: 'boolean', default: false },
		},
	});
	const simulator = await startSimulator({
		port: Number(values.port),
		cdnPort: Number(values['cdn-port']),
		clock: values['manual-clock'] ? manualClock() : realClock(Number(values.speed)),
	});
	const { origin, cdnOrigin, taskDataUrl } = simulator;
	const gateways = Object.fromEntries(
		gatewayNames.map((name) => [
			name,
			{ baseUrl: simulator.baseUrl(name), key: simulator.key(name) },
		]),
	);
	console.log(JSON.stringify({ origin, cdnOrigin, taskDataUrl, gateways }));

	const stop = () => void simulator.close().then(() => process.exit(0));
	process.once('SIGTERM', stop);
	process.once('SIGINT', stop);
}

void main();
