import { providerNames, providers } from '../nodes/providers';
import { credentialTypes } from './engine/nodeTypes';
import type { Simulator } from './simulator';

/** The values of each credential for the simulator, by credential type. */
export function simulatorCredentials(simulator: Simulator): Record<string, Record<string, string>> {
	const values: Record<string, Record<string, string>> = {};
	for (const name of providerNames) {
		const { credential } = providers[name];
		// Providers of one host share a credential.
		if (values[credential] !== undefined) continue;
		const fields = credentialTypes.get(credential)?.properties ?? [];
		values[credential] = {
			...Object.fromEntries(fields.map((field) => [field.name, String(field.default)])),
			...(fields.some((field) => field.name === 'taskDataUrl') && {
				taskDataUrl: simulator.taskDataUrl,
			}),
			apiKey: simulator.key(name),
			baseUrl: simulator.baseUrl(name),
			...simulator.settings(name),
		};
	}
	return values;
}
