import type { NodeHint } from 'n8n-workflow';
import { providerNames } from '../providers';

/**
 * Shown in the node's panel when its input comes from another provider than the chosen one. The editor
 * evaluates the condition with the output of the node before this one: its last run, or pinned data.
 */
export const otherProviderHint: NodeHint = {
	message:
		'The jobs of the input are not of this provider. Choose the provider where they were created.',
	type: 'warning',
	location: 'ndv',
	displayCondition: `={{ ${JSON.stringify(providerNames)}.includes($json.provider) && $json.provider !== $parameter["provider"] }}`,
};
