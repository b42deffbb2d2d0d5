import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ImageMode, Operation, Provider } from '../providers/provider';
import { countOf } from './countOf';
import type { ImageSource } from './loadImage';

/** What the images are for. */
export function readImageMode(value: string): ImageMode {
	const modes: ImageMode[] = ['firstFrame', 'firstAndLastFrame', 'referenceImages'];
	return modes.find((mode) => mode === value) ?? 'none';
}

/** Where the images of one item are. They are not loaded yet. */
export function readImageSources(context: IExecuteFunctions, itemIndex: number): ImageSource[] {
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

interface ChosenImages {
	model: string;
	imageMode: ImageMode;
	imageSources: readonly ImageSource[];
}

const exactCounts: Partial<Record<ImageMode, number>> = { firstFrame: 1, firstAndLastFrame: 2 };

/** Why the images cannot be used as chosen, if they cannot. */
export function findImageProblem(
	operation: Operation,
	{ model, imageMode, imageSources }: ChosenImages,
	provider: Provider,
): { message: string; description: string } | undefined {
	const suggested = operation.models.find(({ id }) => id === model);
	if (imageMode === 'none') {
		if (suggested === undefined || suggested.imageModes.includes('none')) return undefined;
		return {
			message: `The model ${model} needs images, and Images is set to None`,
			description: 'Set Images and add them, or choose another model.',
		};
	}
	if (!operation.images?.modes.includes(imageMode)) {
		return {
			message: `${provider.label} does not accept images in this way`,
			description: 'Choose another value in the field Images.',
		};
	}
	const count = imageSources.length;
	const exact = exactCounts[imageMode];
	const max = exact ?? operation.images.maxReferences ?? 1;
	if (count >= (exact ?? 1) && count <= max) return undefined;
	const wanted = exact === undefined ? `1 to ${max}` : `exactly ${exact}`;
	return {
		message: `Image Files has ${countOf(count, 'image')}, and ${wanted} can be used`,
		description: count < max ? 'Add the missing image.' : 'Remove the surplus images.',
	};
}
