import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type {
	AspectRatio,
	Operation,
	OperationInput,
	OperationName,
	OptionFields,
	Provider,
} from '../providers/provider';
import { isVeoModel } from '../providers/dialects/models';
import type { JsonRecord } from '../wire/call';
import { withoutQueries } from '../wire/failures';
import { wellFormed } from '../wire/readers';
import { jobIdProblem } from '../wire/writers';
import { findImageProblem, readImageMode, readImageSources } from './imageInput';
import type { ImageSource } from './loadImage';
import type { ToError } from './optionsInput';
import { readExtraFields, readOptions } from './optionsInput';

/** The validated fields of one item. Images are not loaded yet. */
export interface OperationFields extends Omit<OperationInput<OptionFields>, 'images'> {
	imageSources: ImageSource[];
	extraFields: JsonRecord;
}

/** The error of an invalid field. It is thrown before anything is sent for the item. */
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

/** Reads and validates the fields of one item. `givenPrompt` is that of a scene. */
export function readOperationFields(
	context: IExecuteFunctions,
	itemIndex: number,
	operationName: OperationName,
	provider: Provider,
	operation: Operation,
	givenPrompt?: string,
): OperationFields {
	const toError = (message: string, description: string) =>
		inputError(context, itemIndex, message, description);
	const readText = (name: string) =>
		wellFormed(String(context.getNodeParameter(name, itemIndex, '') ?? '').trim());
	const model = readModel(context, itemIndex, operation);
	if (model === '') throw toError('Model is empty', 'Choose a model or enter its ID.');
	if (isVeoModel(model) && provider.veoModel?.test(model) === false) {
		throw toError(
			`The model ${model} is that of another provider`,
			`At ${provider.label} the Veo models are ${operation.models.map(({ id }) => id).join(', ')}.`,
		);
	}
	const prompt = givenPrompt ?? readText('prompt');
	if (prompt === '') throw toError('Prompt is empty', 'Describe what the video should show.');
	const promptExtend = operationName === 'createExtended' ? readText('promptExtend') : '';
	if (operationName === 'createExtended' && promptExtend === '') {
		throw toError(
			'Prompt for the Added Seconds is empty',
			'Describe what the video should show after the first 8 seconds.',
		);
	}
	const imageMode = operation.images === undefined ? 'none' : readImageMode(readText('imageMode'));
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const fields: OperationFields = {
		model,
		prompt,
		promptExtend,
		sourceId: readSourceId(operationName, readText, toError),
		imageMode,
		imageSources: imageMode === 'none' ? [] : readImageSources(context, itemIndex),
		aspectRatio: operation.takesAspectRatio
			? readAspectRatio(readText('aspectRatio'), toError)
			: '16:9',
		options: readOptions(operation.options, options, toError),
		extraFields: readExtraFields(options.extraFields, toError),
	};
	const problem = findImageProblem(operation, fields, provider);
	if (problem !== undefined) throw toError(problem.message, problem.description);
	return fields;
}

/**
 * The model of one item. The editor empties the list when the provider changes: then it is the first suggested
 * model, as the placeholder says. An expression without a value, or an empty ID, stays empty.
 */
function readModel(
	context: IExecuteFunctions,
	itemIndex: number,
	{ models: [suggested] }: Operation,
): string {
	const saved = context.getNode().parameters.model;
	const isUnset =
		typeof saved === 'object' &&
		saved !== null &&
		'mode' in saved &&
		saved.mode === 'list' &&
		saved.value === '';
	if (isUnset && suggested !== undefined) return suggested.id;
	const given = context.getNodeParameter('model', itemIndex, '', { extractValue: true });
	return String(given ?? '').trim();
}

function readSourceId(
	operationName: OperationName,
	readText: (name: string) => string,
	toError: ToError,
): string {
	if (operationName === 'extend') {
		const jobId = readText('jobId');
		if (jobId === '')
			throw toError('Job ID is empty', 'Enter the ID of the finished job to extend.');
		return checkId(jobId, 'Job ID', toError);
	}
	if (operationName === 'retryExtension') {
		const remixId = readText('remixId');
		if (remixId !== '') return checkId(remixId, 'Remix ID', toError);
		throw toError(
			'Remix ID is empty',
			'Enter the field remixId of the job whose extension failed.',
		);
	}
	return '';
}

function checkId(id: string, field: string, toError: ToError): string {
	const problem = jobIdProblem(id, field);
	if (problem === undefined) return id;
	throw toError(problem.message, problem.description);
}

function readAspectRatio(value: string, toError: ToError): AspectRatio {
	if (value === '16:9' || value === '9:16') return value;
	throw toError(`Aspect Ratio is "${value}"`, 'It must be 16:9 or 9:16.');
}

/** Warnings about a model that is closed, or does not use images as chosen. The request is sent nevertheless. */
export function findModelWarnings(
	operation: Operation,
	{ model, imageMode }: Pick<OperationFields, 'model' | 'imageMode'>,
): string[] {
	const suggested = operation.models.find(({ id }) => id === model);
	if (suggested === undefined) return [];
	const warnings: string[] = [];
	if (suggested.isClosed) {
		warnings.push(
			`Google has closed the model ${model}: the provider may refuse it, or serve another one under this name`,
		);
	}
	if (imageMode !== 'none' && !suggested.imageModes.includes(imageMode)) {
		const taken = suggested.imageModes.filter((mode) => mode !== 'none');
		warnings.push(
			taken.length === 0
				? `The model ${model} uses no images: the provider may ignore yours`
				: `The model ${model} uses images in another way (${taken.join(', ')}) than the one chosen (${imageMode})`,
		);
	}
	return warnings;
}
