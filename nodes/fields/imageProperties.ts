import type { INodeProperties } from 'n8n-workflow';
import { providers } from '../providers';
import type { ImageMode, Provider } from '../providers/provider';
import type { Image } from '../wire/call';
import { groupBy } from './groupBy';
import type { ProviderOperation, ShowFor } from './providerOperations';

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

/** What the images are for, and the images. Providers with the same choices share the fields. */
export function imageProperties(
	operations: ProviderOperation[],
	showFor: ShowFor,
): INodeProperties[] {
	const groups = groupBy(
		operations.filter(({ operation }) => operation.images !== undefined),
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
				displayOptions: showFor(names),
				options: choices.map((value) => ({ ...imageModes[value], value })),
				default: 'none',
				description: 'What the images are for',
			},
			{
				...imagesProperty(group),
				displayOptions: showFor(names, { imageMode: choices.filter((mode) => mode !== 'none') }),
			},
		];
	});
}

function imagesProperty(operations: ProviderOperation[]): INodeProperties {
	const listWithout = (kind: Image['kind']) =>
		operations
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
