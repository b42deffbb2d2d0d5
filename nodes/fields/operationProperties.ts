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
import { credentialPlace, providerProperty } from './providerProperties';

/** The fields of one way to start a job, generated from the providers that can do it. */
export function operationProperties(
	creationName: OperationName,
	own: INodeProperties[] = [],
	shownFor: NonNullable<IDisplayOptions['show']> = {},
): INodeProperties[] {
	const entries = providersWith(creationName).flatMap((name): Entry[] => {
		const creation = (providers[name] as Provider)[creationName];
		return creation === undefined ? [] : [{ name, creation }];
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
		...entries.map(({ name, creation }) => modelProperty(creation, shown([name]))),
		{ ...promptProperty, ...promptTexts[creationName], displayOptions: isShown },
		...(creationName === 'createExtended'
			? [{ ...promptExtendProperty, displayOptions: isShown }]
			: []),
		...imageProperties(entries, shown),
		...aspectRatioProperties(entries, shown),
		optionsProperty(entries, isShown),
	];
}

interface Entry {
	name: ProviderName;
	creation: Operation;
}
type Shown = (names: ProviderName[], more?: IDisplayOptions['show']) => IDisplayOptions;

function modelProperty(creation: Operation, displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Model',
		name: 'model',
		type: 'resourceLocator',
		displayOptions,
		default: { mode: 'list', value: creation.models[0]?.id ?? '' },
		required: true,
		// Another provider knows other models: the editor empties the field when one of these changes.
		typeOptions: { loadOptionsDependsOn: ['provider', 'operation'] },
		description: 'The model at this provider. Providers rename models often: any ID may be typed.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchModels', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${creation.models[0]?.id ?? 'veo3.1'}`,
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
	description: 'What the video shows',
};

/** What the prompt is for, where it is not for the whole video. */
const promptTexts: Partial<Record<OperationName, Partial<INodeProperties>>> = {
	createExtended: {
		displayName: 'Prompt for the First 8 Seconds',
		description: 'What seconds 0 to 8 show',
	},
	extend: { description: 'What the added seconds show' },
	retryExtension: { description: 'What the added seconds show' },
};

const promptExtendProperty: INodeProperties = {
	displayName: 'Prompt for the Added Seconds',
	name: 'promptExtend',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	placeholder: 'e.g. The boat reaches a river and drifts into the sunset',
	description: 'What the added seconds show. The prompt above is for seconds 0 to 8.',
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
	const groups = grouped(
		entries.filter(({ creation }) => creation.images !== undefined),
		({ creation }) => creation.images?.modes.join() ?? '',
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
	const linkOnly = entries
		.filter(({ creation }) => !creation.images?.accepts.includes('bytes'))
		.map(({ name }) => providers[name].label);
	const note = linkOnly.length === 0 ? '' : `. Not at ${linkOnly.join(' and ')}: links only there.`;
	return {
		displayName: 'Image Files',
		name: 'images',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true, multipleValueButtonText: 'Add Image' },
		default: { image: [{ source: 'url', url: '' }] },
		description: 'The images, in their order: the first frame before the last',
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
							{ name: 'URL', value: 'url', description: 'A public link. Every provider takes it.' },
							{
								name: 'Binary Field',
								value: 'binary',
								description: `A file from an earlier node${note}`,
							},
							{
								name: 'Base64',
								value: 'base64',
								description: `Text that holds the image${note}`,
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
						hint: 'The name of the input field that holds the file',
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
	const names = entries.filter(({ creation }) => creation.takesAspectRatio).map(({ name }) => name);
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

/** The fields only some providers take, each shown only there, and the way out for all the others. */
function optionsProperty(entries: Entry[], displayOptions?: IDisplayOptions): INodeProperties {
	const fields = entries.flatMap(({ name, creation }) =>
		Object.entries(creation.options).map(([field, definition]) => ({
			name,
			property: optionProperty(field, definition),
		})),
	);
	// Fields that are the same at several providers stand once, shown for all of them.
	const groups = grouped(fields, ({ property }) => JSON.stringify(property));
	const options = [...groups.values()].flatMap((group) => {
		const property = group[0]?.property;
		const names = group.map(({ name }) => name);
		return property === undefined
			? []
			: [{ ...property, displayOptions: { show: { '/provider': names } } }];
	});
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions,
		options: [...options, extraFieldsProperty].sort((a, b) =>
			a.displayName.localeCompare(b.displayName),
		),
	};
}

const extraFieldsProperty: INodeProperties = {
	displayName: 'Extra Fields',
	name: 'extraFields',
	type: 'json',
	default: '{}',
	description:
		'JSON that is added to the request as it is, for fields of the provider that this node does not know',
};

// A provider's words that do not speak for themselves.
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

/** A choice as a person reads it: "in_between" becomes "In Between". */
function choiceLabel(value: string): string {
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
				options: field.choices.map((value) => ({ name: choiceLabel(value), value })),
			};
		case 'number':
			return {
				...common,
				type: 'number',
				typeOptions: { minValue: field.least, maxValue: field.most },
			};
		case 'boolean':
			return { ...common, type: 'boolean' };
		case 'text':
			return { ...common, type: 'string', placeholder: field.placeholder };
	}
}

function grouped<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
	const groups = new Map<string, Item[]>();
	for (const item of items) {
		const key = keyOf(item);
		groups.set(key, [...(groups.get(key) ?? []), item]);
	}
	return groups;
}
