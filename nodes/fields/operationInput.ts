import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type {
	AspectRatio,
	Operation,
	OperationInput,
	OperationName,
	ImageMode,
	OptionField,
	OptionFields,
	OptionValues,
	Provider,
} from '../providers/provider';
import type { JsonRecord } from '../wire/call';
import { withoutQueries } from '../wire/failures';
import { wellFormed } from '../wire/readers';
import { jobIdProblem } from '../wire/writers';
import type { ImageSource } from './loadImage';
import { countOf } from './countOf';

/** One item's fields as they stand in the node, checked. Images are not loaded yet. */
export interface OperationFields extends Omit<OperationInput<OptionFields>, 'images'> {
	imageSources: ImageSource[];
	extraFields: JsonRecord;
}

/** A wrong input: which field of which item, and what to do. Nothing is sent after it. */
export function inputError(
	context: IExecuteFunctions,
	itemIndex: number,
	message: string,
	description: string,
): NodeOperationError {
	const text = `${withoutQueries(message)} [item ${itemIndex}]`;
	return new NodeOperationError(context.getNode(), text, {
		itemIndex,
		description: `${description} Nothing was sent for this item.`,
	});
}

/** Reads and checks the fields of one item. */
export function readOperationFields(
	context: IExecuteFunctions,
	itemIndex: number,
	creationName: OperationName,
	provider: Provider,
	creation: Operation,
): OperationFields {
	const wrong = (message: string, description: string) =>
		inputError(context, itemIndex, message, description);
	const text = (name: string) =>
		wellFormed(String(context.getNodeParameter(name, itemIndex, '') ?? '').trim());
	const model = String(
		context.getNodeParameter('model', itemIndex, '', { extractValue: true }) ?? '',
	).trim();
	if (model === '') throw wrong('Model is empty', 'Choose a model, or type its ID.');
	const prompt = text('prompt');
	if (prompt === '') throw wrong('Prompt is empty', 'Say what the video shall show.');
	const promptExtend = creationName === 'createExtended' ? text('promptExtend') : '';
	if (creationName === 'createExtended' && promptExtend === '') {
		throw wrong(
			'Prompt for the Added Seconds is empty',
			'Say what the seconds after the first 8 shall show.',
		);
	}
	const imageMode = creation.images === undefined ? 'none' : readImageMode(text('imageMode'));
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const fields: OperationFields = {
		model,
		prompt,
		promptExtend,
		sourceId: sourceId(creationName, text, wrong),
		imageMode,
		imageSources: imageMode === 'none' ? [] : readImageSources(context, itemIndex),
		aspectRatio: creation.takesAspectRatio ? readAspectRatio(text('aspectRatio'), wrong) : '16:9',
		options: readOptions(creation.options, options, wrong),
		extraFields: readExtraFields(options.extraFields, wrong),
	};
	const problem = findImageProblem(creation, fields, provider);
	if (problem !== undefined) throw wrong(problem.message, problem.description);
	return fields;
}

type Wrong = (message: string, description: string) => Error;

function sourceId(
	creationName: OperationName,
	text: (name: string) => string,
	wrong: Wrong,
): string {
	if (creationName === 'extend') {
		const jobId = text('jobId');
		if (jobId === '') throw wrong('Job ID is empty', 'Give the ID of the finished job to extend.');
		return checkedId(jobId, 'Job ID', wrong);
	}
	if (creationName === 'retryExtension') {
		const remixId = text('remixId');
		if (remixId !== '') return checkedId(remixId, 'Remix ID', wrong);
		throw wrong(
			'Remix ID is empty',
			'Give the remix ID of the job whose extension failed. It is in the field remixId of that job.',
		);
	}
	return '';
}

function checkedId(id: string, field: string, wrong: Wrong): string {
	const problem = jobIdProblem(id, field);
	if (problem === undefined) return id;
	throw wrong(problem.message, problem.description);
}

function readImageMode(value: string): ImageMode {
	const modes: ImageMode[] = ['firstFrame', 'firstAndLastFrame', 'referenceImages'];
	return modes.find((mode) => mode === value) ?? 'none';
}

function readImageSources(context: IExecuteFunctions, itemIndex: number): ImageSource[] {
	const { image = [] } = context.getNodeParameter('images', itemIndex, {}) as {
		image?: IDataObject[];
	};
	return image.map((given): ImageSource => {
		const { source, url, binaryProperty, base64 } = given;
		if (source === 'binary') return { source, binaryProperty: String(binaryProperty ?? '') };
		if (source === 'base64') return { source, base64: String(base64 ?? '') };
		return { source: 'url', url: String(url ?? '') };
	});
}

function readAspectRatio(value: string, wrong: Wrong): AspectRatio {
	if (value === '16:9' || value === '9:16') return value;
	throw wrong(`Aspect Ratio is "${value}"`, 'It must be 16:9 or 9:16.');
}

/** The options this provider takes; what was set for another provider is left out. */
function readOptions(
	fields: OptionFields,
	given: IDataObject,
	wrong: Wrong,
): OptionValues<OptionFields> {
	const values: Record<string, string | number | boolean> = {};
	for (const [name, field] of Object.entries(fields)) {
		const value = given[name];
		if (value === undefined || value === null) continue;
		values[name] = readOption(field, value, wrong);
	}
	return values;
}

function readOption(field: OptionField, value: unknown, wrong: Wrong): string | number | boolean {
	switch (field.type) {
		case 'choice': {
			const choice = field.choices.find((each) => each === value);
			if (choice !== undefined) return choice;
			throw wrong(
				`${field.label} is "${String(value)}"`,
				`Use one of: ${field.choices.join(', ')}.`,
			);
		}
		case 'number': {
			const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
			if (typeof number !== 'number' || !Number.isFinite(number)) {
				throw wrong(`${field.label} is "${String(value)}"`, 'It must be a number.');
			}
			if (number < (field.least ?? -Infinity) || number > (field.most ?? Infinity)) {
				throw wrong(`${field.label} is ${number}`, rangeOf(field.least, field.most));
			}
			return number;
		}
		case 'boolean':
			if (value === true || value === 'true') return true;
			if (value === false || value === 'false') return false;
			throw wrong(`${field.label} is "${String(value)}"`, 'It must be true or false.');
		case 'text':
			return String(value).trim();
	}
}

const rangeOf = (least?: number, most?: number) =>
	most === undefined
		? `It must be at least ${least}.`
		: `It must be at least ${least ?? 0} and at most ${most}.`;

function readExtraFields(value: unknown, wrong: Wrong): JsonRecord {
	if (value === undefined || value === null || value === '') return {};
	const parsed = typeof value === 'string' ? parsedOrUndefined(value) : value;
	if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
		return parsed as JsonRecord;
	}
	throw wrong(
		'Extra Fields is not a JSON object',
		'Write it as { "field": "value" }, with double quotes.',
	);
}

function parsedOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

const exactCounts: Partial<Record<ImageMode, number>> = { firstFrame: 1, firstAndLastFrame: 2 };

function findImageProblem(
	creation: Operation,
	{ model, imageMode, imageSources }: OperationFields,
	provider: Provider,
): { message: string; description: string } | undefined {
	const known = creation.models.find(({ id }) => id === model);
	if (imageMode === 'none') {
		return known === undefined || known.imageModes.includes('none')
			? undefined
			: {
					message: `The model ${model} needs images, and Images is set to None`,
					description: 'Choose what the images are for and add them, or choose another model.',
				};
	}
	if (!creation.images?.modes.includes(imageMode)) {
		return {
			message: `${provider.label} does not take images in this way`,
			description: 'Choose another value in the field Images.',
		};
	}
	const count = imageSources.length;
	const exact = exactCounts[imageMode];
	const most = exact ?? creation.images.maxReferences ?? 1;
	if (count >= (exact ?? 1) && count <= most) return undefined;
	const wanted = exact === undefined ? `1 to ${most}` : `exactly ${exact}`;
	return {
		message: `Image Files holds ${countOf(count, 'image')} where ${wanted} can be used`,
		description: count < most ? 'Add the missing image.' : 'Remove the images that are too many.',
	};
}

/** What is odd about the images, if anything: it is allowed, and may not give what the user expects. */
export function findImageWarning(
	creation: Operation,
	{ model, imageMode }: Pick<OperationFields, 'model' | 'imageMode'>,
): string | undefined {
	const known = creation.models.find(({ id }) => id === model);
	if (known === undefined || imageMode === 'none' || known.imageModes.includes(imageMode)) {
		return undefined;
	}
	const taken = known.imageModes.filter((mode) => mode !== 'none');
	return taken.length === 0
		? `The model ${model} takes no images: the provider may ignore yours`
		: `The model ${model} uses images in another way (${taken.join(', ')}) than the one chosen (${imageMode})`;
}
