import { installChromium } from '../../workbench/n8n/browser';
import { installN8n } from '../../workbench/n8n/install';
import { engineVersions, installEngine } from '../../workbench/n8n/matrix/versions';
import { installQueueServers } from '../../workbench/n8n/queue';
import { say } from './stage';

/** Installs what the tests need before the first of them starts: they run side by side, and must not race for it. */
export default async function prepare(): Promise<void> {
	await installN8n(say);
	installQueueServers(say);
	installChromium(say);
	say(`looking after the engines ${engineVersions.map(({ core }) => core).join(', ')}`);
	await Promise.all(engineVersions.map(installEngine));
}
