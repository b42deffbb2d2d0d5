import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowFile } from '../workflowFile';
import { buildNode, connectInARow, to } from '../workflowFile';
import type { ProviderAddress } from './provider';

/** One way to make videos in n8n: a part of a workflow whose items carry a prompt. */
export interface Contestant {
	/** Its name in results and workflows. */
	id: string;
	label: string;
	/** Our nodes read a provider's progress and remember how long its jobs take; the others do neither. */
	isOurs: boolean;
	nodes(origin: string): INode[];
	/** By node name: the nodes connected to each of its outputs. */
	links: Record<string, string[][]>;
	/** The node that returns the finished videos. */
	lastNode: string;
}

/** The values for each credential type. */
export function benchCredentials({ origin, key }: ProviderAddress) {
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
const provider = 'openAiVideos';

const ours = (waiting: 'automatic' | 'hold' | 'suspend', label: string): Contestant => ({
	id: waiting,
	label,
	isOurs: true,
	nodes: () => [
		buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
			...{ provider, prompt },
			// Batches of 150 videos are above the default.
			options: { maxJobs: 1_000 },
		}),
		buildNode('Veo Poll Until Done', 'n8n-nodes-veo.veoPollUntilDone', { provider, waiting }),
	],
	links: { 'Veo Create': [['Veo Poll Until Done']] },
	lastNode: 'Veo Poll Until Done',
});

/** One of n8n's own nodes, which creates, waits and downloads by itself. */
const vendorNode = (
	id: string,
	name: string,
	version: number,
	parameters: INodeParameters,
): Contestant => ({
	id,
	label: `${name} node`,
	isOurs: false,
	nodes: () => [
		buildNode(
			name,
			`@n8n/n8n-nodes-langchain.${id === 'gemini' ? 'googleGemini' : id}`,
			{ resource: 'video', operation: 'generate', prompt, ...parameters },
			version,
		),
	],
	links: {},
	lastNode: name,
});

// n8n's template 12684 "Async Video Polling Engine" gives up after 15 checks of 60 s.
const loopSeconds = 900;

/**
 * HTTP Request, Wait, HTTP Request, IF and back to Wait. The template waits 60 s, others 30 s. n8n's Wait
 * node suspends from 65 s on.
 */
const httpLoop = (seconds: number): Contestant => ({
	id: `http${seconds}`,
	label: `HTTP Request + Wait ${seconds} s`,
	isOurs: false,
	nodes: (origin) => [
		httpRequest('Create', {
			method: 'POST',
			url: `${origin}/v1/videos`,
			sendBody: true,
			contentType: 'multipart-form-data',
			bodyParameters: {
				parameters: Object.entries({ model: 'veo3.1', prompt, size: '1280x720' }).map(
					([name, value]) => ({ parameterType: 'formData', name, value }),
				),
			},
		}),
		buildNode('Wait', 'n8n-nodes-base.wait', { amount: seconds, unit: 'seconds' }, 1.1),
		httpRequest('Check', { url: `=${origin}/v1/videos/{{ $json.id }}` }),
		condition('Done?', '={{ $json.status }}', 'string', 'equals', 'completed'),
		condition('Go On?', '={{ $runIndex }}', 'number', 'lt', Math.ceil(loopSeconds / seconds)),
		httpRequest('Download', {
			url: `=${origin}/v1/videos/{{ $json.id }}/content`,
			options: { response: { response: { responseFormat: 'file' } } },
		}),
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

/** What is compared, ours first. */
export const contestants: readonly Contestant[] = [
	ours('automatic', 'Veo, Automatic'),
	ours('hold', 'Veo, Hold'),
	ours('suspend', 'Veo, Suspend'),
	vendorNode('gemini', 'Google Gemini', 1.2, {
		modelId: { __rl: true, mode: 'id', value: 'models/veo-3.1-generate-preview' },
	}),
	vendorNode('openAi', 'OpenAI', 2.3, {
		modelId: { __rl: true, mode: 'id', value: 'sora-2' },
		seconds: 8,
	}),
	httpLoop(30),
	httpLoop(60),
	httpLoop(70),
];

export function contestantNamed(id: string): Contestant {
	const found = contestants.find((each) => each.id === id);
	if (found === undefined) throw new Error(`There is no contestant "${id}"`);
	return found;
}

/** A workflow: `before` feeds the contestant's part, whose nodes with requests get the settings. */
export function buildWorkflow(
	contestant: Contestant,
	before: INode[],
	origin: string,
	settings: Partial<INode> = {},
): WorkflowFile {
	const part = contestant
		.nodes(origin)
		.map((each) => (/\.(wait|if)$/.test(each.type) ? each : { ...each, ...settings }));
	const connections = connectInARow([...before, ...part.slice(0, 1)]);
	for (const [name, outputs] of Object.entries(contestant.links)) {
		connections[name] = { main: outputs.map((names) => names.map(to)) };
	}
	return { name: contestant.label, nodes: [...before, ...part], connections };
}

const httpRequest = (name: string, parameters: INodeParameters) =>
	buildNode(
		name,
		'n8n-nodes-base.httpRequest',
		{
			authentication: 'genericCredentialType',
			genericAuthType: 'httpHeaderAuth',
			...parameters,
		},
		4.2,
	);

function condition(
	name: string,
	leftValue: string,
	type: string,
	operation: string,
	rightValue: string | number,
): INode {
	const conditions = {
		combinator: 'and',
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
		conditions: [{ id: name, leftValue, rightValue, operator: { type, operation } }],
	};
	return buildNode(name, 'n8n-nodes-base.if', { conditions }, 2.2);
}
