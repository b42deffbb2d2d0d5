import './fastTime';
import type { EngineResponse, IExecuteFunctions, INode, INodeType } from 'n8n-workflow';
import { VeoCreate } from '../../nodes/VeoCreate/VeoCreate.node';
import { VeoPollUntilDone } from '../../nodes/VeoPollUntilDone/VeoPollUntilDone.node';
import { addTypes } from '../../workbench/engine/nodeTypes';
import { creates, execute, jobIds, retryOnFail } from './scene';
import { createNode, inALoop, jobsOf, pollNode } from './workflow';

/* The tool of an agent in n8n 1.113 and older, whose context has no function for hints. */

function withoutHints(node: VeoCreate | VeoPollUntilDone): INodeType {
	return {
		description: node.description,
		async execute(this: IExecuteFunctions, response?: EngineResponse) {
			const copy: IExecuteFunctions = Object.create(this);
			Object.assign(copy, { addExecutionHints: undefined });
			return await node.execute.call(copy, response);
		},
	};
}

addTypes(
	{
		'test.createTool': withoutHints(new VeoCreate()),
		'test.pollTool': withoutHints(new VeoPollUntilDone()),
	},
	[],
);

test('an agent that repeats a request gets its job again', async () => {
	const tool: INode = { ...createNode('deerApi', {}, retryOnFail), type: 'test.createTool' };
	const { run, text } = await execute(inALoop(tool), ['A cat', 'A cat']);
	expect(text).toBe('');
	expect(creates()).toHaveLength(1);
	const [jobId] = jobIds();
	expect(jobsOf(run, 'Done')).toMatchObject([{ jobId }, { jobId }]);
});

test('an agent waits for a job', async () => {
	const tool: INode = { ...pollNode('deerApi', { waiting: 'suspend' }), type: 'test.pollTool' };
	const { jobs, text } = await execute([createNode('deerApi'), tool], ['A cat']);
	expect(text).toBe('');
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
});
