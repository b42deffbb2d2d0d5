import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

export interface ToolCall {
	tool: string;
	with: object;
}

/** The turns of a model: the tools it calls in each, given what they have answered so far. */
export type Script = ReadonlyArray<(toolAnswers: string[]) => ToolCall[]>;

/** The part of an agent's request to its model that the tests read. */
export interface ModelRequest {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{
		function: {
			name: string;
			description: string;
			parameters: { properties: Record<string, { description: string }>; required: string[] };
		};
	}>;
}

export interface ScriptedModel {
	/** The base URL of its API, which is OpenAI's. */
	url: string;
	/** Every request, in the order it came. */
	requests: ModelRequest[];
	close(): Promise<void>;
}

/** A language model that plays scripts, chosen by what the user says. At the end it repeats the last answer. */
export async function startScriptedModel(
	scripts: Readonly<Record<string, Script>>,
): Promise<ScriptedModel> {
	const server = fastify({ bodyLimit: 16 * 1024 * 1024 });
	const requests: ModelRequest[] = [];
	let calls = 0;
	server.post('/v1/chat/completions', async ({ body }) => {
		const request = body as ModelRequest;
		requests.push(request);
		const script = scripts[textsOf(request, 'user').at(-1) ?? ''] ?? [];
		const answers = toolAnswers(request);
		const toolCalls = nextCalls(script, answers).map((call) => ({
			id: `call_${++calls}`,
			type: 'function',
			function: { name: call.tool, arguments: JSON.stringify(call.with) },
		}));
		const isOver = toolCalls.length === 0;
		const message = isOver
			? { role: 'assistant', content: `Done: ${answers.at(-1)}` }
			: { role: 'assistant', content: null, tool_calls: toolCalls };
		return {
			id: 'chatcmpl-1',
			object: 'chat.completion',
			created: 0,
			model: 'scripted',
			choices: [{ index: 0, message, finish_reason: isOver ? 'stop' : 'tool_calls' }],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	await server.listen({ host: '127.0.0.1', port: 0 });
	const { port } = server.server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		requests,
		close: async () => await server.close(),
	};
}

// By the answers and not by the model's own messages: n8n splits a turn with several calls into several.
function nextCalls(script: Script, answers: string[]): ToolCall[] {
	let answered = 0;
	for (const turn of script) {
		const calls = turn(answers);
		if (answered === answers.length) return calls;
		answered += calls.length;
	}
	return [];
}

/** What the tools have answered, as the model gets it. */
export const toolAnswers = (request: ModelRequest): string[] => textsOf(request, 'tool');

/** What the messages of one role say. A message comes as text or in parts. */
function textsOf({ messages }: ModelRequest, role: string): string[] {
	return messages
		.filter((message) => message.role === role)
		.map(({ content }) =>
			Array.isArray(content)
				? content.map((part: { text?: string }) => part.text ?? '').join('')
				: String(content),
		);
}
