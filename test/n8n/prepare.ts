import { installChromium } from '../../workbench/n8n/browser';
import { engineVersions, installEngine } from '../../workbench/n8n/matrix/versions';
import { installQueueServers } from '../../workbench/n8n/queue';
import { prepareStage, say } from './stage';

/** Installs what the tests need before the first of them starts: they run side by side, and must not race for it. */
export default async function prepare(): Promise<void> {
	await prepareStage();
	installQueueServers(say);
	installChromium(say);
	say(`looking after the engines ${engineVersions.map(({ core }) => core).join(', ')}`);
	await Promise.all(engineVersions.map(installEngine));
}
