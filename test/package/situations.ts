import type { INodeParameters } from 'n8n-workflow';
import { providerNames, providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type {
	OperationName,
	ImageMode,
	OptionField,
	Provider,
} from '../../nodes/providers/provider';

export const imageModes: ImageMode[] = [
	'none',
	'firstFrame',
	'firstAndLastFrame',
	'referenceImages',
];

export const remixOperations: OperationName[] = ['createExtended', 'extend', 'retryExtension'];

/** A node with one provider, one operation and one way of images chosen, and what must be seen then. */
export interface Situation {
	title: string;
	provider: ProviderName;
	/** What is chosen: everything else stands as n8n fills it in. */
	values: INodeParameters;
	offered: ProviderName[];
	imageModes: readonly ImageMode[];
	expectedNames: string[];
	defaults: INodeParameters;
	options: Record<string, ShownOption>;
}

/** A field of the collection Options, as a person meets it. */
export interface ShownOption {
	label: string;
	type: string;
	default: unknown;
	choices?: readonly string[];
}

const operationOf = (provider: ProviderName, operationName: OperationName) =>
	(providers[provider] as Provider)[operationName];

const capable = (...operationNames: OperationName[]) =>
	providerNames.filter((provider) =>
		operationNames.some((operationName) => operationOf(provider, operationName) !== undefined),
	);

/** The providers a node has to offer. */
export function offeredBy(nodeName: string): ProviderName[] {
	if (nodeName === 'veoPollUntilDone') return providerNames;
	return nodeName === 'veoCreate' ? capable('create') : capable(...remixOperations);
}

/** Every provider × operation × way of images of a node, with what the design and the providers decide. */
export function situationsOf(nodeName: string): Situation[] {
	switch (nodeName) {
		case 'veoCreate':
			return operationSituations('create').flatMap((situation) => [
				situation,
				withWaiting(situation),
			]);
		case 'veoPollUntilDone':
			return providerNames.map(pollSituation);
		case 'veoRemixExtend':
			return remixOperations.flatMap(operationSituations);
		default:
			throw new Error(`The design knows no node ${nodeName}`);
	}
}

const ownDefaults: Record<OperationName, INodeParameters> = {
	create: {},
	createExtended: { promptExtend: '' },
	extend: { jobId: '={{ $json.jobId }}' },
	retryExtension: { remixId: '={{ $json.remixId }}' },
};

function operationSituations(operationName: OperationName): Situation[] {
	const offered = capable(operationName);
	return offered.flatMap((provider) => {
		const operation = operationOf(provider, operationName);
		const modes = operation?.images?.modes ?? [];
		const chosenOperation = operationName === 'create' ? {} : { operation: operationName };
		const defaults: INodeParameters = {
			...chosenOperation,
			provider,
			credentials: '',
			model: { __rl: true, mode: 'list', value: operation?.models[0]?.id ?? '' },
			...(operationName === 'create' ? { mode: 'create', prompts: 'one' } : {}),
			prompt: '',
			...ownDefaults[operationName],
			...(modes.length > 0 ? { imageMode: 'none' } : {}),
			...(operation?.takesAspectRatio ? { aspectRatio: '16:9' } : {}),
			options: {},
		};
		const options = Object.entries(operation?.options ?? {}).map(
			([name, field]) => [name, shownOption(field)] as const,
		);
		return (modes.length > 0 ? modes : [undefined]).map((imageMode): Situation => ({
			title: [provider, operationName, imageMode].filter(Boolean).join(', '),
			provider,
			values: { ...chosenOperation, provider, ...(imageMode ? { imageMode } : {}) },
			offered,
			imageModes: modes,
			expectedNames: [
				...Object.keys(defaults),
				...(imageMode === undefined || imageMode === 'none' ? [] : ['images']),
			],
			defaults: {
				...defaults,
				...(imageMode === undefined || imageMode === 'none'
					? {}
					: { images: { image: [{ source: 'url', url: '' }] } }),
			},
			options: {
				...Object.fromEntries(options),
				...(operation?.callback && { wakeByCallback }),
				...commonOptions,
				...balanceOption(provider),
			},
		}));
	});
}

/** The same where the node waits too. */
function withWaiting(situation: Situation): Situation {
	const { title, values, expectedNames, defaults, options } = situation;
	return {
		...situation,
		title: `${title}, create and get`,
		values: { ...values, mode: 'createAndGet' },
		expectedNames: [...expectedNames, ...Object.keys(waitDefaults)],
		defaults: { ...defaults, mode: 'createAndGet', ...waitDefaults },
		options: { ...options, ...waitOptions },
	};
}

const includeInput = { label: 'Include Input Fields', type: 'boolean', default: false };
const wakeByCallback: ShownOption = {
	label: 'Wake by Callback',
	type: 'boolean',
	default: true,
};

const commonOptions: Record<string, ShownOption> = {
	extraFields: { label: 'Extra Fields', type: 'json', default: '{}' },
	includeInput,
	maxJobs: { label: 'Maximum Jobs', type: 'number', default: 100 },
	maxJobsPerDay: { label: 'Maximum Jobs per Day', type: 'number', default: 100 },
	rehearse: { label: 'Rehearse', type: 'boolean', default: true },
	rehearseOutcome: {
		label: 'Rehearsal Outcome',
		type: 'options',
		default: 'succeeded',
		choices: ['deadline', 'firstSegment', 'contentPolicy', 'succeeded'],
	},
};

const balanceOption = (provider: ProviderName): Record<string, ShownOption> => {
	const { balance }: Provider = providers[provider];
	if (balance === undefined) return {};
	return { minBalance: { label: 'Stop Below Balance', type: 'number', default: 10 } };
};

const shownTypes = { choice: 'options', text: 'string' } as const;

const shownOption = (field: OptionField): ShownOption => ({
	label: field.label,
	type: field.type === 'choice' || field.type === 'text' ? shownTypes[field.type] : field.type,
	default: field.default,
	...(field.type === 'choice' && { choices: field.choices }),
});

const waitDefaults: INodeParameters = {
	waiting: 'automatic',
	pollIntervalSeconds: 15,
	timeoutMinutes: 30,
	download: true,
};

const waitOptions: Record<string, ShownOption> = {
	binaryProperty: { label: 'Put Output File in Field', type: 'string', default: 'video' },
	fileName: { label: 'File Name', type: 'string', default: '' },
	includeRaw: { label: 'Include Raw Answer', type: 'boolean', default: false },
	maxSizeMb: { label: 'Max File Size (MB)', type: 'number', default: 512 },
	onDeadline: {
		label: 'On Timeout',
		type: 'options',
		default: 'leave',
		choices: ['cancel', 'leave'],
	},
	tolerance: { label: 'Max Failed Checks', type: 'number', default: 5 },
};

function pollSituation(provider: ProviderName): Situation {
	const defaults: INodeParameters = {
		provider,
		credentials: '',
		jobId: '={{ $json.jobId }}',
		...waitDefaults,
		options: {},
	};
	return {
		title: provider,
		provider,
		values: { provider },
		offered: providerNames,
		imageModes: [],
		expectedNames: Object.keys(defaults),
		defaults,
		options: { ...waitOptions, includeInput },
	};
}
