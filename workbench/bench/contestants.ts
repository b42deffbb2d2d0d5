import type { IConnections, INode, INodeParameters } from 'n8n-workflow';
import type { GatewayAddress } from './gateway';

/** One way to make videos in n8n, as a piece of a workflow whose items carry a prompt. */
export interface Contestant {
	/** The machine's name for it, in results and in workflows. */
	id: string;
	label: string;
	/** Whether it makes use of a progress that a gateway tells. */
	readsProgress: boolean;
	/** Whether it remembers in its process how long the jobs of a gateway took. */
	learns?: boolean;
	nodes(origin: string, options?: ContestantOptions): INode[];
	/** By the name of a node: who takes its items, output by output. */
	links: Record<string, string[][]>;
	/** The node that gives out the finished videos. */
	lastNode: string;
}

export interface ContestantOptions {
	/** n8n's own setting, on every node of the piece that makes calls. */
	retryOnFail?: boolean;
	/** Credentials by type, where n8n keeps them. */
	credentials?: INode['credentials'];
	/** For a node by its name, instead of what people leave as it is. */
	parameters?: Readonly<Record<string, INodeParameters>>;
}

/** What a person would fill into each credential. */
export function benchCredentials({ origin, key }: GatewayAddress) {
	return {
		veoOpenAiVideosApi: {
			apiKey: key,
			baseUrl: origin,
			statusPath: '/v1/videos/{id}',
			contentPath: '/v1/videos/{id}/content',
		},
		googlePalmApi: { host: origin, apiKey: key },
		openAiApi: { apiKey: key, url: `${origin}/v1` },
		httpHeaderAuth: { name: 'Authorization', value: `Bearer ${key}` },
	};
}

const prompt = '={{ $json.prompt }}';

const ours = (waiting: 'automatic' | 'hold' | 'suspend', label: string): Contestant => ({
	id: waiting,
	label,
	readsProgress: true,
	learns: true,
	nodes: (_origin, options) => [
		calls(
			'Veo Create',
			'n8n-nodes-veo.veoCreate',
			1,
			{ provider: 'openAiVideos', prompt },
			options,
		),
		calls(
			'Veo Poll Until Done',
			'n8n-nodes-veo.veoPollUntilDone',
			1,
			{ provider: 'openAiVideos', waiting },
			options,
		),
	],
	links: { 'Veo Create': [['Veo Poll Until Done']] },
	lastNode: 'Veo Poll Until Done',
});

const gemini: Contestant = {
	id: 'gemini',
	label: 'Google Gemini node',
	readsProgress: false,
	nodes: (_origin, options) => [
		calls(
			'Google Gemini',
			'@n8n/n8n-nodes-langchain.googleGemini',
			1.2,
			{
				resource: 'video',
				operation: 'generate',
				modelId: { __rl: true, mode: 'id', value: 'models/veo-3.1-generate-preview' },
				prompt,
			},
			options,
		),
	],
	links: {},
	lastNode: 'Google Gemini',
};

const openAi: Contestant = {
	id: 'openAi',
	label: 'OpenAI node',
	readsProgress: false,
	nodes: (_origin, options) => [
		calls(
			'OpenAI',
			'@n8n/n8n-nodes-langchain.openAi',
			2.3,
			{
				resource: 'video',
				operation: 'generate',
				modelId: { __rl: true, mode: 'id', value: 'sora-2' },
				prompt,
				seconds: 8,
			},
			options,
		),
	],
	links: {},
	lastNode: 'OpenAI',
};

/**
 * HTTP Request, Wait, HTTP Request, IF, and back to Wait: n8n's template 12684 "Async Video Polling
 * Engine" waits 60 s and asks at most 15 times; others wait 30 s. From 65 s on, n8n's Wait node suspends.
 */
const httpLoop = (seconds: number): Contestant => ({
	id: `http${seconds}`,
	label: `HTTP Request + Wait ${seconds} s`,
	readsProgress: false,
	nodes: (origin, options) => [
		httpRequest(
			'Create',
			{
				method: 'POST',
				url: `${origin}/v1/videos`,
				sendBody: true,
				contentType: 'multipart-form-data',
				bodyParameters: {
					parameters: [
						{ parameterType: 'formData', name: 'model', value: 'veo3.1' },
						{ parameterType: 'formData', name: 'prompt', value: prompt },
						{ parameterType: 'formData', name: 'size', value: '1280x720' },
					],
				},
			},
			options,
		),
		node('Wait', 'n8n-nodes-base.wait', 1.1, { amount: seconds, unit: 'seconds' }),
		httpRequest('Check', { url: `=${origin}/v1/videos/{{ $json.id }}` }, options),
		condition('Done?', '={{ $json.status }}', { type: 'string', operation: 'equals' }, 'completed'),
		condition(
			'Go On?',
			'={{ $runIndex }}',
			{ type: 'number', operation: 'lt' },
			Math.ceil(900 / seconds),
		),
		httpRequest(
			'Download',
			{
				url: `=${origin}/v1/videos/{{ $json.id }}/content`,
				options: { response: { response: { responseFormat: 'file' } } },
			},
			options,
		),
	],
	links: {
		Create: [['Wait']],
		Wait: [['Check']],
		Check: [['Done?']],
		'Done?': [['Download'], ['Go On?']],
		'Go On?': [['Wait'], []],
	},
	lastNode: 'Download',
});

/** The ways that are compared, ours first. */
export const contestants: readonly Contestant[] = [
	ours('automatic', 'Veo, Automatic'),
	ours('hold', 'Veo, Hold'),
	ours('suspend', 'Veo, Suspend'),
	gemini,
	openAi,
	httpLoop(30),
	httpLoop(60),
	httpLoop(70),
];

/** The contestant with that id. */
export function contestantNamed(id: string): Contestant {
	const found = contestants.find((each) => each.id === id);
	if (found === undefined) throw new Error(`There is no contestant "${id}"`);
	return found;
}

/** A whole workflow: the items of the first nodes go into the contestant's piece. */
export function workflowOf(
	contestant: Contestant,
	before: INode[],
	origin: string,
	options?: ContestantOptions,
): { name: string; nodes: INode[]; connections: IConnections } {
	const piece = contestant.nodes(origin, options).map((each) => ({
		...each,
		parameters: { ...each.parameters, ...options?.parameters?.[each.name] },
	}));
	const row = [...before, ...piece.slice(0, 1)];
	const connections: IConnections = {};
	row.slice(1).forEach(({ name }, index) => {
		connections[row[index]?.name ?? ''] = { main: [[to(name)]] };
	});
	for (const [name, outputs] of Object.entries(contestant.links)) {
		connections[name] = { main: outputs.map((names) => names.map(to)) };
	}
	return { name: contestant.label, nodes: [...before, ...piece], connections };
}

const to = (name: string) => ({ node: name, type: 'main' as const, index: 0 });

/** A node of a workflow. */
export function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INodeParameters,
): INode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

function calls(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INodeParameters,
	{ retryOnFail, credentials }: ContestantOptions = {},
): INode {
	return {
		...node(name, type, typeVersion, parameters),
		...(credentials && { credentials }),
		...(retryOnFail && { retryOnFail, maxTries: 3, waitBetweenTries: 1000 }),
	};
}

const httpRequest = (name: string, parameters: INodeParameters, options?: ContestantOptions) =>
	calls(
		name,
		'n8n-nodes-base.httpRequest',
		4.2,
		{
			authentication: 'genericCredentialType',
			genericAuthType: 'httpHeaderAuth',
			...parameters,
		},
		options,
	);

function condition(
	name: string,
	leftValue: string,
	operator: { type: string; operation: string },
	rightValue: string | number,
): INode {
	return node(name, 'n8n-nodes-base.if', 2.2, {
		conditions: {
			combinator: 'and',
			options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
			conditions: [{ id: name, leftValue, rightValue, operator }],
		},
	});
}
