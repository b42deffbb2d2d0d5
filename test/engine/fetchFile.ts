import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import type { OwnHost } from './ownHost';
import { sendJson } from './ownHost';
import { credentialsWith, itemsOf, pollNode, runNodes } from './workflow';

/** How a server gives a file. */
export type Send = (request: IncomingMessage, response: ServerResponse) => void;

/** Polls a finished job of our own host, whose file is what `send` gives. There is no other way to it. */
export async function fetchFile(
	simulator: Simulator,
	host: OwnHost,
	send: Send,
	parameters: INodeParameters = {},
): Promise<INodeExecutionData | undefined> {
	host.answer((request, response) => {
		if (request.url?.startsWith('/file')) send(request, response);
		else if (request.url?.endsWith('/content')) sendJson(response, 404, {});
		else {
			const videoUrl = `${host.baseUrl}/file.mp4`;
			sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
		}
	});
	const node = pollNode('deepWl', parameters, { onError: 'continueRegularOutput' });
	const run = await runNodes(simulator, [node], [{ jobId: 'job-1' }], {
		credentials: credentialsWith(simulator, 'deepWl', { baseUrl: host.baseUrl }),
	});
	return itemsOf(run, node.name)[0];
}
