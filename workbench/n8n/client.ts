import { parse } from 'flatted';
import type { IBinaryData, IPinData, IRunData, IRunExecutionData, ITaskData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowFile } from '../workflowFile';

/** The owner account of the instance. */
export const owner = {
	email: 'owner@example.com',
	firstName: 'Olga',
	lastName: 'Owner',
	password: 'Password123',
};

export type WorkflowInput = WorkflowFile & { pinData?: IPinData };

export interface Execution {
	id: string;
	status: string;
	startedAt: string;
	stoppedAt: string | null;
	waitTill: string | null;
	data: IRunExecutionData;
	/** What n8n calls highlighted data. */
	customData?: Record<string, string>;
}

/** The output of the chat trigger for a message, in the form the editor sends it. */
function chatMessage(chatInput: string): ITaskData {
	const json = { sessionId: 'session', action: 'sendMessage', chatInput };
	return {
		startTime: Date.now(),
		executionTime: 0,
		executionIndex: 0,
		executionStatus: 'success',
		source: [],
		data: { main: [[{ json }]] },
	};
}

type CredentialData = Record<string, string>;

interface Saved {
	id: string;
	name: string;
}

const maxBusyAnswers = 60;
const unfinished = ['new', 'running', 'waiting', 'unknown'];

/**
 * How long to pause before the next look at what was waited for so long. Each look takes n8n's processor time:
 * what takes longer is looked at more rarely.
 */
export const pauseMs = (waitedMs: number): number => Math.min(2_000, Math.max(200, waitedMs / 20));

/** Uses n8n's internal REST routes, as its editor does. */
export class N8nClient {
	private cookie = '';

	constructor(private readonly baseUrl: string) {}

	async logIn(): Promise<void> {
		interface Settings {
			userManagement?: { showSetupOnFirstLoad?: boolean };
		}
		const { userManagement } = await this.send<Settings>('GET', '/rest/settings');
		if (userManagement?.showSetupOnFirstLoad) {
			await this.send('POST', '/rest/owner/setup', owner);
			return;
		}
		const { email, password } = owner;
		await this.send('POST', '/rest/login', { emailOrLdapLoginId: email, password });
	}

	async createCredential(name: string, type: string, data: CredentialData): Promise<Saved> {
		return await this.send('POST', '/rest/credentials', { name, type, data });
	}

	async updateCredential(id: string, name: string, type: string, data: CredentialData) {
		return await this.send<Saved>('PATCH', `/rest/credentials/${id}`, { name, type, data });
	}

	async credentials(): Promise<Saved[]> {
		return await this.send('GET', '/rest/credentials');
	}

	async workflows(): Promise<Saved[]> {
		return await this.send('GET', '/rest/workflows');
	}

	async createWorkflow(workflow: WorkflowInput): Promise<{ id: string; versionId: string }> {
		return await this.send('POST', '/rest/workflows', {
			active: false,
			...workflow,
			settings: { executionOrder: 'v1', ...workflow.settings },
		});
	}

	/** Publishing is asynchronous: a webhook exists only after the status says so. */
	async publish({ id, versionId }: { id: string; versionId: string }): Promise<void> {
		const body = { versionId, name: '', description: '' };
		await this.send('POST', `/rest/workflows/${id}/activate`, body);
		for (let attempt = 0; attempt < 200; attempt++) {
			const path = `/rest/workflows/${id}/publication-status`;
			const { status } = await this.send<{ status?: string }>('GET', path);
			if (status === 'published') return;
			if (status === 'failed') throw new Error(`The workflow ${id} could not be published`);
			await sleep(50);
		}
		throw new Error(`The workflow ${id} was not published in time`);
	}

	/** Runs a workflow as "Execute workflow" does; with a `message`, as the editor's chat does. */
	async runManually(workflowId: string, triggerName: string, message?: string): Promise<string> {
		const data = message === undefined ? undefined : chatMessage(message);
		return await this.run(workflowId, { triggerToStartFrom: { name: triggerName, data } });
	}

	/** Waits for one call to a trigger of the draft, as "Execute workflow" does for a form or a webhook. */
	async listen(workflowId: string, triggerName: string): Promise<void> {
		const path = `/rest/workflows/${workflowId}/run`;
		await this.send('POST', path, { triggerToStartFrom: { name: triggerName } });
	}

	/** Removes its webhooks and stops its schedule. */
	async unpublish(workflowId: string): Promise<void> {
		await this.send('POST', `/rest/workflows/${workflowId}/deactivate`, {});
	}

	/** Runs one node and the nodes it depends on, as the editor's "Execute step" does. */
	async runStep(workflowId: string, nodeName: string, runData: IRunData): Promise<string> {
		const destinationNode = { nodeName, mode: 'inclusive' };
		return await this.run(workflowId, { destinationNode, runData, dirtyNodeNames: [] });
	}

	private async run(workflowId: string, body: object): Promise<string> {
		const path = `/rest/workflows/${workflowId}/run`;
		return (await this.send<{ executionId: string }>('POST', path, body)).executionId;
	}

	/** Calls the production webhook at a path and returns the text of the response. */
	async callWebhook(path: string, body: object = {}): Promise<string> {
		const response = await fetch(`${this.baseUrl}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`The webhook ${path} answered ${response.status}: ${text}`);
		return text;
	}

	async execution(id: string): Promise<Execution> {
		const { data, ...rest } = await this.send<Omit<Execution, 'data'> & { data: string }>(
			'GET',
			`/rest/executions/${id}`,
		);
		return { ...rest, data: parse(data) as IRunExecutionData };
	}

	/** The bytes of a file that a node returned. */
	async download({ id = '' }: IBinaryData): Promise<Buffer> {
		const query = new URLSearchParams({ id, action: 'download' });
		const response = await fetch(`${this.baseUrl}/rest/binary-data?${query}`, {
			headers: { cookie: this.cookie },
		});
		if (!response.ok) throw new Error(`The file ${id} answered ${response.status}`);
		return Buffer.from(await response.arrayBuffer());
	}

	/** The newest hundred executions of a workflow. */
	async executionsOf(workflowId: string): Promise<Array<Pick<Execution, 'id' | 'status'>>> {
		return (await this.listExecutions({ workflowId })).results;
	}

	/** How many executions of a workflow are in a state. */
	async countOf(workflowId: string, status: string): Promise<number> {
		return (await this.listExecutions({ workflowId, status: [status] })).count;
	}

	private async listExecutions(
		filter: object,
	): Promise<{ count: number; results: Array<Pick<Execution, 'id' | 'status'>> }> {
		const query = encodeURIComponent(JSON.stringify(filter));
		return await this.send('GET', `/rest/executions?filter=${query}&limit=100`);
	}

	/**
	 * Runs a failed execution again from the node that failed, with the original or the currently saved
	 * workflow. Returns the id of the new execution once that has ended or is suspended.
	 */
	async retryExecution(id: string, options = { loadWorkflow: false }): Promise<string> {
		const path = `/rest/executions/${id}/retry`;
		return (await this.send<{ id: string }>('POST', path, options)).id;
	}

	/** Saves a changed workflow. */
	async updateWorkflow(id: string, workflow: WorkflowInput): Promise<void> {
		const { name, nodes, connections } = workflow;
		const { versionId } = await this.send<{ versionId: string }>('GET', `/rest/workflows/${id}`);
		await this.send('PATCH', `/rest/workflows/${id}`, { name, nodes, connections, versionId });
	}

	/** Removes a workflow with all its executions. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.send('POST', `/rest/workflows/${id}/archive`);
		// Unpublishing is asynchronous, and removal is rejected until it is complete.
		for (let attempt = 1; ; attempt++) {
			try {
				return await this.send('DELETE', `/rest/workflows/${id}`);
			} catch (error) {
				if (attempt === 50) throw error;
				await sleep(200);
			}
		}
	}

	async stopExecution(id: string): Promise<void> {
		await this.send('POST', `/rest/executions/${id}/stop`);
	}

	/** Waits until the execution has ended, or is in one of the given states. */
	async untilExecution(
		id: string,
		timeoutMs: number,
		isThere = (status: string) => !unfinished.includes(status),
	): Promise<Execution> {
		const startedAt = Date.now();
		for (;;) {
			const execution = await this.execution(id);
			if (isThere(execution.status)) return execution;
			const waitedMs = Date.now() - startedAt;
			if (waitedMs > timeoutMs) throw new Error(`Execution ${id} is still ${execution.status}`);
			await sleep(pauseMs(waitedMs));
		}
	}

	/** Opens a page as the browser of the logged-in person does. */
	async open(path: string): Promise<string> {
		const response = await fetch(this.baseUrl + path, { headers: { cookie: this.cookie } });
		const text = await response.text();
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
		return text;
	}

	async send<Result = unknown>(method: string, path: string, body?: object): Promise<Result> {
		for (let attempt = 1; ; attempt++) {
			const response = await this.request(method, path, body);
			// What n8n answers while its database does not respond to its ping, as on a busy machine.
			const isBusy = response.status === 503 && method === 'GET' && attempt < maxBusyAnswers;
			if (!isBusy) return await readResponse<Result>(response, `${method} ${path}`);
			await sleep(500);
		}
	}

	private async request(method: string, path: string, body?: object): Promise<Response> {
		const response = await fetch(this.baseUrl + path, {
			method,
			headers: {
				cookie: this.cookie,
				// A busy n8n may close an idle connection at the moment of its reuse.
				connection: 'close',
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';')[0] ?? '';
		}
		return response;
	}
}

async function readResponse<Result>(response: Response, request: string): Promise<Result> {
	const text = await response.text();
	if (!response.ok) {
		throw new Error(`${request} answered ${response.status}: ${text.slice(0, 300)}`);
	}
	const json = JSON.parse(text) as { data?: Result };
	return json.data ?? (json as Result);
}
