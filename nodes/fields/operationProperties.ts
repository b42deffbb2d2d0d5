import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import { providers, providersWith } from '../providers';
import type { ProviderName } from '../providers';
import type {
	Operation,
	OperationName,
	ImageMode,
	OptionField,
	Provider,
} from '../providers/provider';
import type { Image } from '../wire/call';
import { includeInputProperty } from './includeInputProperty';
import { credentialPlace, providerProperty } from './providerProperties';
import { minBalanceProperty, spendingProperties } from './spendingProperties';
import { sortByLabel } from './waitProperties';

/** The fields of one operation, generated from the providers that support it. */
export function operationProperties(
	operationName: OperationName,
	own: INodeProperties[] = [],
	shownFor: NonNullable<IDisplayOptions['show']> = {},
): INodeProperties[] {
	const entries = providersWith(operationName).flatMap((name): Entry[] => {
		const operation = (providers[name] as Provider)[operationName];
		return operation === undefined ? [] : [{ name, operation }];
	});
	const shown = (names: ProviderName[], more: IDisplayOptions['show'] = {}): IDisplayOptions => ({
		show: { ...shownFor, provider: names, ...more },
	});
	const isShown = Object.keys(shownFor).length > 0 ? { show: shownFor } : undefined;
	return [
		providerProperty(
			entries.map(({ name }) => name),
			isShown,
		),
		{ ...credentialPlace, displayOptions: isShown },
		...own.map((property) => ({ ...property, displayOptions: isShown })),
		...entries.map((entry) => modelProperty(entry, shown([entry.name]))),
		...(operationName === 'create'
			? createPromptProperties
			: [{ ...promptProperty, ...promptTexts[operationName], displayOptions: isShown }]),
		...(operationName === 'createExtended'
			? [{ ...promptExtendProperty, displayOptions: isShown }]
			: []),
		...imageProperties(entries, shown),
		...aspectRatioProperties(entries, shown),
		optionsProperty(entries, isShown),
	];
}

interface Entry {
	name: ProviderName;
	operation: Operation;
}
type Shown = (names: ProviderName[], more?: IDisplayOptions['show']) => IDisplayOptions;

function modelProperty(
	{ name, operation }: Entry,
	displayOptions: IDisplayOptions,
): INodeProperties {
	const { label, takesAnyModel }: Provider = providers[name];
	const first = operation.models[0]?.id ?? '';
	const anyModel = `Choose a Veo model, whose fields are checked before anything is sent, or enter the ID of any video model at ${label}. What you set goes out under the names that most models use there; add the other fields in Extra Fields.`;
	return {
		displayName: 'Model',
		name: 'model',
		type: 'resourceLocator',
		displayOptions,
		default: { mode: 'list', value: first },
		// Models differ by provider: the editor empties the field when one of these changes, and readModel takes
		// the first one then. Not required: n8n would refuse the empty field.
		typeOptions: { loadOptionsDependsOn: ['provider', 'operation'] },
		description: takesAnyModel
			? anyModel
			: 'Choose a suggested model or enter any ID. Providers rename models often.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Default: ${first}`,
				typeOptions: { searchListMethod: 'searchModels', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${first}`,
			},
		],
	};
}

const promptProperty: INodeProperties = {
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	placeholder: 'e.g. A paper boat sails down a rainy street, close-up, soft light',
	description: 'What the video should show',
};

/** One prompt for an item, or several with a job for each. */
const createPromptProperties: INodeProperties[] = [
	{
		displayName: 'Prompts per Item',
		name: 'prompts',
		type: 'options',
		options: [
			{ name: 'One', value: 'one', description: 'Start one job per item' },
			{
				name: 'Several',
				value: 'several',
				description: 'Start a job for each prompt of an item, such as the scenes of a story',
			},
		],
		default: 'one',
		description: 'How many jobs to start for an item',
	},
	{ ...promptProperty, displayOptions: { hide: { prompts: ['several'] } } },
	{
		...promptProperty,
		displayName: 'Prompts',
		displayOptions: { show: { prompts: ['several'] } },
		typeOptions: { rows: 6 },
		placeholder: 'e.g. A paper boat sails down a rainy street\nThe boat drifts into a river',
		description:
			'One prompt per line, or a list of texts by expression. Each is a paid job, with the same images and options. Empty lines are skipped.',
	},
];

/** Texts of the prompt of operations where it is not for the entire video. */
const promptTexts: Partial<Record<OperationName, Partial<INodeProperties>>> = {
	createExtended: {
		displayName: 'Prompt for the First 8 Seconds',
		description: 'What seconds 0 to 8 should show',
	},
	extend: { description: 'What the added seconds should show' },
	retryExtension: { description: 'What the added seconds should show' },
};

const promptExtendProperty: INodeProperties = {
	displayName: 'Prompt for the Added Seconds',
	name: 'promptExtend',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	placeholder: 'e.g. The boat reaches a river and drifts into the sunset',
	description: 'What the added seconds should show. The prompt above is for seconds 0 to 8.',
};

const imageModes: Record<ImageMode, { name: string; description: string }> = {
	none: { name: 'None', description: 'Text to video' },
	firstFrame: { name: 'First Frame', description: 'The video starts with this image' },
	firstAndLastFrame: {
		name: 'First and Last Frame',
		description: 'The video starts with the first image and ends with the second',
	},
	referenceImages: {
		name: 'Reference Images',
		description: 'The video shows what is in these images',
	},
};

function imageProperties(entries: Entry[], shown: Shown): INodeProperties[] {
	const groups = groupBy(
		entries.filter(({ operation }) => operation.images !== undefined),
		({ operation }) => operation.images?.modes.join() ?? '',
	);
	return [...groups].flatMap(([modes, group]): INodeProperties[] => {
		const names = group.map(({ name }) => name);
		const choices = modes.split(',') as ImageMode[];
		return [
			{
				displayName: 'Images',
				name: 'imageMode',
				type: 'options',
				displayOptions: shown(names),
				options: choices.map((value) => ({ ...imageModes[value], value })),
				default: 'none',
				description: 'What the images are for',
			},
			{
				...imagesProperty(group),
				displayOptions: shown(names, { imageMode: choices.filter((mode) => mode !== 'none') }),
			},
		];
	});
}

function imagesProperty(entries: Entry[]): INodeProperties {
	const listWithout = (kind: Image['kind']) =>
		entries
			.filter(({ name, operation }) => {
				const { upload }: Provider = providers[name];
				return upload === undefined && !operation.images?.accepts.includes(kind);
			})
			.map(({ name }) => providers[name].label);
	const [linkOnly, fileOnly] = [listWithout('bytes'), listWithout('link')];
	const note = linkOnly.length === 0 ? '' : `. ${linkOnly.join(' and ')} accept URLs only.`;
	const linkNote =
		fileOnly.length === 0 ? 'every provider' : `every provider but ${fileOnly.join(' and ')}`;
	return {
		displayName: 'Image Files',
		name: 'images',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true, multipleValueButtonText: 'Add Image' },
		default: { image: [{ source: 'url', url: '' }] },
		description: 'The images in order: first frame before last frame',
		options: [
			{
				displayName: 'Image',
				name: 'image',
				values: [
					{
						displayName: 'Source',
						name: 'source',
						type: 'options',
						options: [
							{
								name: 'URL',
								value: 'url',
								description: `A public link, for ${linkNote}`,
							},
							{
								name: 'Binary Field',
								value: 'binary',
								description: `A file from a previous node${note}`,
							},
							{
								name: 'Base64',
								value: 'base64',
								description: `The image as text${note}`,
							},
						],
						default: 'url',
					},
					{
						displayName: 'URL',
						name: 'url',
						type: 'string',
						displayOptions: { show: { source: ['url'] } },
						default: '',
						placeholder: 'e.g. https://example.com/first-frame.png',
					},
					{
						displayName: 'Input Binary Field',
						name: 'binaryProperty',
						type: 'string',
						displayOptions: { show: { source: ['binary'] } },
						default: 'data',
						hint: 'The name of the input binary field with the file',
					},
					{
						displayName: 'Base64',
						name: 'base64',
						type: 'string',
						displayOptions: { show: { source: ['base64'] } },
						default: '',
						placeholder: 'e.g. data:image/png;base64,iVBORw0KGgo…',
					},
				],
			},
		],
	};
}

function aspectRatioProperties(entries: Entry[], shown: Shown): INodeProperties[] {
	const names = entries
		.filter(({ operation }) => operation.takesAspectRatio)
		.map(({ name }) => name);
	if (names.length === 0) return [];
	return [
		{
			displayName: 'Aspect Ratio',
			name: 'aspectRatio',
			type: 'options',
			displayOptions: shown(names),
			options: [
				{ name: '16:9 Landscape', value: '16:9' },
				{ name: '9:16 Portrait', value: '9:16' },
			],
			default: '16:9',
			description: 'The shape of the video',
		},
	];
}

/** The fields that only some providers have, each shown for these providers, and Extra Fields. */
function optionsProperty(entries: Entry[], displayOptions?: IDisplayOptions): INodeProperties {
	const fields = entries.flatMap(({ name, operation }) => {
		const own = Object.entries(operation.options).map(([field, definition]) =>
			optionProperty(field, definition),
		);
		const { balance }: Provider = providers[name];
		const spending = balance === undefined ? [] : [minBalanceProperty(balance)];
		return [...own, ...spending].map((property) => ({ name, property }));
	});
	// Equal fields of several providers are declared once and shown for all of them.
	const groups = groupBy(fields, ({ property }) => JSON.stringify(property));
	const options = [...groups.values()].flatMap((group) => {
		const property = group[0]?.property;
		const names = group.map(({ name }) => name);
		return property === undefined
			? []
			: [{ ...property, displayOptions: { show: { '/provider': names } } }];
	});
	const callers = entries.filter(({ operation }) => operation.callback !== undefined);
	const wake = callers.length === 0 ? [] : [wakeProperty(callers.map(({ name }) => name))];
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions,
		options: sortByLabel([
			...options,
			...wake,
			extraFieldsProperty,
			includeInputProperty,
			...spendingProperties,
		]),
	};
}

const wakeProperty = (names: ProviderName[]): INodeProperties => ({
	displayName: 'Wake by Callback',
	name: 'wakeByCallback',
	type: 'boolean',
	displayOptions: { show: { '/provider': names } },
	default: true,
	description:
		'Whether the provider calls n8n when the job has ended, so that the node that waits resumes at once instead of at its next check. Needs n8n 2.14 or newer that the provider can reach at its WEBHOOK_URL. The provider gets a URL that can resume the waiting nodes of this execution. Callback URL, if set, is used instead.',
});

const extraFieldsProperty: INodeProperties = {
	displayName: 'Extra Fields',
	name: 'extraFields',
	type: 'json',
	default: '{}',
	description:
		'JSON to add to the request unchanged, for fields of the provider that the node does not have',
};

// Labels for machine values of providers that need one.
const choiceLabels: Record<string, string> = {
	allow_all: 'Everyone',
	allow_adult: 'Adults Only',
	dont_allow: 'No People',
	pad: 'Pad with Bars',
	crop: 'Crop to Fit',
	'720p': '720p',
	'1080p': '1080p',
	'4k': '4K',
};

/** The label of a choice: "In Between" for "in_between". */
function labelChoice(value: string): string {
	return (
		choiceLabels[value] ??
		value.replace(/_/g, ' ').replace(/(^| )[a-z]/g, (letter) => letter.toUpperCase())
	);
}

function optionProperty(name: string, field: OptionField): INodeProperties {
	const { label: displayName, description } = field;
	const common = { displayName, name, description, default: field.default };
	switch (field.type) {
		case 'choice':
			return {
				...common,
				type: 'options',
				options: field.choices.map((value) => ({ name: labelChoice(value), value })),
			};
		case 'number':
			return {
				...common,
				type: 'number',
				typeOptions: { minValue: field.min, maxValue: field.max },
			};
		case 'boolean':
			return { ...common, type: 'boolean' };
		case 'text':
			return { ...common, type: 'string', placeholder: field.placeholder };
	}
}

function groupBy<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
	const groups = new Map<string, Item[]>();
	for (const item of items) {
		const key = keyOf(item);
		groups.set(key, [...(groups.get(key) ?? []), item]);
	}
	return groups;
}
