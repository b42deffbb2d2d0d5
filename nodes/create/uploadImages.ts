import type { Failure } from '../jobs/job';
import type { ProviderConnection } from '../fields/connection';
import { callAndRead } from '../transport/callAndRead';
import type { Call, Image, ImageBytes } from '../wire/call';

// 20 MB, the largest image that Veo accepts, at 256 KB/s take 80 seconds.
const maxUploadMs = 120_000;

export type Uploaded = { kind: 'uploaded'; images: Image[] } | { kind: 'failed'; failure: Failure };

/** Replaces files by links, through the provider's upload. Nothing is paid for yet. */
export async function uploadImages(
	connection: ProviderConnection,
	images: readonly Image[],
): Promise<Uploaded> {
	const uploaded: Image[] = [];
	for (const image of images) {
		const result = image.kind === 'link' ? image : await uploadImage(connection, image);
		if (result.kind === 'failed') return result;
		uploaded.push(result);
	}
	return { kind: 'uploaded', images: uploaded };
}

async function uploadImage(
	connection: ProviderConnection,
	file: ImageBytes,
): Promise<Image | { kind: 'failed'; failure: Failure }> {
	const { provider, settings } = connection;
	const { upload } = provider;
	if (upload === undefined) throw new Error(`${provider.label} has no upload`);
	const timeoutMs = maxUploadMs;
	const outcome = await callAndRead(
		connection,
		upload.request(file, settings),
		(answer) => upload.read(answer, file),
		{ timeoutMs },
	);
	if (outcome.kind !== 'read') return { kind: 'failed', failure: outcome.failure };
	const { link, send } = outcome.value;
	const sent = send === undefined ? undefined : await sendFile(connection, send);
	return sent === undefined ? { kind: 'link', url: link } : { kind: 'failed', failure: sent };
}

async function sendFile(connection: ProviderConnection, call: Call): Promise<Failure | undefined> {
	const outcome = await callAndRead(connection, call, () => ({ kind: 'read', value: undefined }), {
		timeoutMs: maxUploadMs,
	});
	return outcome.kind === 'read' ? undefined : outcome.failure;
}
