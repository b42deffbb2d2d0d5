import type { IBinaryKeyData, INodeParameters } from 'n8n-workflow';
import type { OperationInput, OptionFields } from '../../nodes/providers/provider';
import type { Call, ImageBytes } from '../../nodes/wire/call';
import { inlineImages } from '../inlineImages';
import { model } from './workflow';

/** What a person enters in Veo Create to get the input of a fixture, and the files of the item. */
export function parametersFor(input: OperationInput<OptionFields>): {
	parameters: INodeParameters;
	binary: IBinaryKeyData;
} {
	const binary: IBinaryKeyData = {};
	const images = input.images.map((image, index) => {
		if (image.kind === 'link') return { source: 'url', url: image.url };
		const { bytes, mimeType, fileName } = image;
		const binaryProperty = `file${index}`;
		binary[binaryProperty] = { data: Buffer.from(bytes).toString('base64'), mimeType, fileName };
		return { source: 'binary', binaryProperty };
	});
	const { imageMode, aspectRatio, options } = input;
	return {
		parameters: {
			model: model(input.model),
			...{ imageMode, aspectRatio, options },
			images: { image: images },
		},
		binary,
	};
}

/** The body of a call as the simulator's ledger has it: a file in JSON is a data URI. */
export function fieldsOf({ json, form = [] }: Call): Record<string, unknown> {
	if (json !== undefined) return inlineImages(json) as Record<string, unknown>;
	const fields: Record<string, unknown[]> = {};
	for (const { field, value } of form) {
		const sent = typeof value === 'string' ? value : sentFile(value);
		fields[field] = [...(fields[field] ?? []), sent];
	}
	return Object.fromEntries(
		Object.entries(fields).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
	);
}

const sentFile = ({ fileName, mimeType, bytes }: ImageBytes) => ({
	...{ fileName, mimeType },
	bytes: Buffer.from(bytes),
});
