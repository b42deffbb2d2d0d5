import type { IExecuteFunctions } from 'n8n-workflow';
import type { ProviderConnection, connectionOrError } from '../fields/connection';
import type { ImageSource } from '../fields/loadImage';
import { loadImage } from '../fields/loadImage';
import { findModelWarnings, inputError, readOperationFields } from '../fields/operationInput';
import type { Failure } from '../jobs/job';
import type { Scene } from '../jobs/scene';
import type { Ledger, RecordedCreate } from '../jobs/ledger';
import { fingerprint } from '../jobs/ledger';
import type {
	Operation,
	OperationInput,
	OperationName,
	OptionFields,
	Provider,
} from '../providers/provider';
import type { Call, Image, JsonRecord, Settings } from '../wire/call';
import { withExtraFields } from '../wire/extraFields';
import { findSourceProblem } from './rehearse';
import type { SharedImages } from './sharedImages';
import { uploadImages } from './uploadImages';

/** What the calls of all items of a run are built from. */
export interface PrepareOptions {
	context: IExecuteFunctions;
	provider: Provider;
	providerName: string;
	/** Or why nothing can be sent. Jobs that were already started are returned also then. */
	connection: Awaited<ReturnType<typeof connectionOrError>>;
	operationName: OperationName;
	ledger: Ledger;
	/** The scene to prepare, of an item with several. `ledger` is that of the scene. */
	scene?: Scene;
	images: SharedImages;
}

export interface Prepared {
	operation: Operation;
	input: OperationInput<OptionFields>;
	/** The call, with the bytes of images that have to be uploaded first. */
	call: Call;
	extraFields: JsonRecord;
	/** The fingerprint of the call in the ledger. */
	request: string;
	/** The entry of an earlier try, if any. */
	recorded: RecordedCreate | undefined;
}

/** Builds the call of one item from its fields and images. Sends nothing. */
export async function prepareCall(
	run: PrepareOptions,
	itemIndex: number,
	isRehearsed: boolean,
): Promise<Prepared> {
	const { context, provider, providerName, operationName, ledger, scene } = run;
	const operation = provider[operationName];
	if (operation === undefined) {
		throw inputError(
			context,
			itemIndex,
			`${provider.label} does not support this operation`,
			'Choose another provider.',
		);
	}
	const fields = readOperationFields(
		context,
		itemIndex,
		operationName,
		provider,
		operation,
		scene?.prompt,
	);
	const sourceProblem = findSourceProblem(fields.sourceId, isRehearsed);
	if (sourceProblem !== undefined) {
		throw inputError(context, itemIndex, sourceProblem, 'Change the ID, or the option Rehearse.');
	}
	const { imageSources } = fields;
	const images = await run.images.load(
		itemIndex,
		async () => await loadImages(context, itemIndex, operation, provider, imageSources),
	);
	const input = { ...fields, images };
	const { extraFields } = fields;
	const settings = run.connection instanceof Error ? {} : run.connection.settings;
	checkInput(run, itemIndex, operation, input, settings);
	const call = withExtraFields(operation.request(input, settings), extraFields);
	const request = fingerprint({ providerName, ...call });
	const recorded = ledger.recall(itemIndex, request);
	return { operation, input, call, extraFields, request, recorded };
}

/** The call to send, after the upload of images that the operation accepts only as links. */
export async function buildFinalCall(
	{ operation, input, call, extraFields }: Prepared,
	connection: ProviderConnection,
	images: SharedImages,
): Promise<{ kind: 'built'; call: Call } | { kind: 'failed'; failure: Failure }> {
	const needsUpload = input.images.some(({ kind }) => !operation.images?.accepts.includes(kind));
	if (!needsUpload) return { kind: 'built', call };
	const uploaded = await images.upload(
		input.images,
		async () => await uploadImages(connection, input.images),
	);
	if (uploaded.kind === 'failed') return uploaded;
	const final = operation.request({ ...input, images: uploaded.images }, connection.settings);
	return { kind: 'built', call: withExtraFields(final, extraFields) };
}

/** What to say about an image of a kind that the provider does not accept. */
const wrongImageTexts = {
	bytes: [
		'public URLs only, and image {n} is a file',
		'Upload the image to a public address and enter its URL.',
	],
	link: [
		'files only, and image {n} is a URL',
		'Download it first: put an HTTP Request node with Response Format "File" before this node, and choose Binary Field as the source of the image.',
	],
} as const satisfies Record<Image['kind'], readonly [message: string, description: string]>;

async function loadImages(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
	{ label, upload }: Provider,
	sources: readonly ImageSource[],
): Promise<Image[]> {
	const images: Image[] = [];
	for (const [index, source] of sources.entries()) {
		const image = await loadImage(context, itemIndex, index + 1, source);
		if (image.kind === 'problem') {
			throw inputError(
				context,
				itemIndex,
				`Image ${index + 1} cannot be used: ${image.problem}`,
				'Correct the image in the field Image Files.',
			);
		}
		if (!operation.images?.accepts.includes(image.kind) && upload === undefined) {
			const [message, description] = wrongImageTexts[image.kind];
			throw inputError(
				context,
				itemIndex,
				`${label} accepts images as ${message.replace('{n}', String(index + 1))}`,
				description,
			);
		}
		images.push(image);
	}
	return images;
}

function checkInput(
	{ context, scene }: PrepareOptions,
	itemIndex: number,
	operation: Operation,
	input: OperationInput<OptionFields>,
	settings: Settings,
): void {
	const rejection = operation.reject?.(input);
	if (rejection !== undefined) {
		throw inputError(context, itemIndex, rejection, 'Change the fields of this item.');
	}
	// They are about the fields that all scenes share.
	if (scene !== undefined && scene.scene > 1) return;
	const warnings = [...findModelWarnings(operation, input), operation.warn?.(input, settings)];
	for (const warning of warnings) {
		if (warning === undefined) continue;
		context.addExecutionHints({ message: `${warning} [item ${itemIndex}]` });
	}
}
