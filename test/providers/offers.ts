import type { Operation } from '../../nodes/providers/provider';
import type { OperationFixture } from '../fixtures/fixture';

/** Every way a operation can be used, and … */
export function offers({ images, takesAspectRatio, options }: Operation) {
	return {
		imageModes: [...(images?.modes ?? ['none'])].sort(),
		imageKinds: [...(images?.accepts ?? [])].sort(),
		aspectRatios: takesAspectRatio ? ['16:9', '9:16'] : ['16:9'],
		options: Object.keys(options).sort(),
	};
}

/** … the ways its fixture uses it. */
export function triedIn({ requests }: OperationFixture): ReturnType<typeof offers> {
	const inputs = requests.map(({ input }) => input);
	const unique = <Value>(values: Value[]) => [...new Set(values)].sort();
	return {
		imageModes: unique(inputs.map(({ imageMode }) => imageMode)),
		imageKinds: unique(inputs.flatMap(({ images }) => images.map(({ kind }) => kind))),
		aspectRatios: unique(inputs.map(({ aspectRatio }) => aspectRatio)),
		options: unique(inputs.flatMap(({ options }) => Object.keys(options))),
	};
}
