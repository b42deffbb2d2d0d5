import '../../workbench/engine/engine';
import type { IDataObject } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';
import { otherProviderHint } from '../../nodes/VeoPollUntilDone/otherProviderHint';
import { nodeTypes } from '../../workbench/engine/nodeTypes';
import { pollNode } from '../engine/workflow';

/** What n8n's editor reads from the condition, with the first item of the node before. */
function readCondition(json: IDataObject): unknown {
	const node = pollNode('deerApi');
	const { expression } = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const condition = otherProviderHint.displayCondition ?? '';
	return expression.getParameterValue(condition, null, 0, 0, node.name, [{ json }], 'manual', {});
}

test.each<[string, IDataObject, boolean]>([
	['the same provider', { provider: 'deerApi', jobId: 'video_1' }, false],
	['another provider', { provider: 'kie', jobId: 'video_1' }, true],
	['an ID from elsewhere', { jobId: 'video_1' }, false],
	['a field of the user’s own', { provider: 'Acme', jobId: 'video_1' }, false],
	['a list', { provider: ['kie'] }, false],
])('a job of %s', (_which, item, isShown) => {
	expect(readCondition(item)).toBe(isShown);
});
