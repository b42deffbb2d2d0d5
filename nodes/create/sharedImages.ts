import type { Image } from '../wire/call';
import type { Uploaded } from './uploadImages';

/** The images of an item, which its scenes share: they are loaded and uploaded once. */
export interface SharedImages {
	/** Keeps the images of the last item alone: the scenes of an item are prepared one after the other. */
	load(itemIndex: number, work: () => Promise<Image[]>): Promise<Image[]>;
	upload(images: readonly Image[], work: () => Promise<Uploaded>): Promise<Uploaded>;
}

export function shareImages(): SharedImages {
	let last: { itemIndex: number; loaded: Promise<Image[]> } | undefined;
	const uploads = new WeakMap<readonly Image[], Promise<Uploaded>>();
	return {
		load: async (itemIndex, work) => {
			if (last?.itemIndex !== itemIndex) last = { itemIndex, loaded: work() };
			return await last.loaded;
		},
		upload: async (images, work) => {
			const uploaded = uploads.get(images) ?? work();
			uploads.set(images, uploaded);
			return await uploaded;
		},
	};
}
