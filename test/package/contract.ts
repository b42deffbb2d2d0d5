import { fixtures } from '../fixtures';
import type { ProviderFixture } from '../fixtures/fixture';

/*
 * What users' saved workflows and credentials hold: parameter names with their types, and the machine
 * values of their choices. Add lines to it. Changing or deleting one breaks workflows that people have.
 */

const images = [
	'imageMode: options',
	'imageMode=none',
	'imageMode=firstFrame',
	'imageMode=firstAndLastFrame',
	'imageMode=referenceImages',
	'images: fixedCollection',
	'images.image: collection',
	'images.image.source: options',
	'images.image.source=url',
	'images.image.source=binary',
	'images.image.source=base64',
	'images.image.url: string',
	'images.image.binaryProperty: string',
	'images.image.base64: string',
	'aspectRatio: options',
	'aspectRatio=16:9',
	'aspectRatio=9:16',
];

const all = Object.values(fixtures);

/** The options of every paid operation, whatever the provider. */
const commonOptions = [
	'options.extraFields: json',
	'options.includeInput: boolean',
	'options.maxJobs: number',
	'options.maxJobsPerDay: number',
	'options.minBalance: number',
	'options.rehearse: boolean',
	'options.rehearseOutcome: options',
];

/** The fields of waiting, in the nodes that wait. */
const waiting = [
	'waiting: options',
	'waiting=automatic',
	'waiting=suspend',
	'pollIntervalSeconds: number',
	'timeoutMinutes: number',
	'download: boolean',
	'options.binaryProperty: string',
	'options.fileName: string',
	'options.includeRaw: boolean',
	'options.maxSizeMb: number',
	'options.onDeadline: options',
	'options.onDeadline=cancel',
	'options.onDeadline=leave',
	'options.tolerance: number',
];

/** The machine values of providers stand in their fixtures. */
const providersIn = (some: readonly ProviderFixture[]) => [
	'provider: options',
	...some.map(({ saved }) => `provider=${saved.provider}`),
];

export const parameters: Record<string, string[]> = {
	veoCreate: [
		'mode: options',
		'mode=create',
		'mode=createAndGet',
		...waiting,
		...providersIn(all),
		'model: resourceLocator',
		'prompts: options',
		'prompts=one',
		'prompts=several',
		'prompt: string',
		...images,
		'options: collection',
		'options.callbackUrl: string',
		'options.durationSeconds: number',
		'options.enableUpsample: boolean',
		'options.enhancePrompt: boolean',
		...commonOptions,
		'options.generateAudio: boolean',
		'options.negativePrompt: string',
		'options.personGeneration: options',
		'options.requestFormat: options',
		'options.resolution: options',
		'options.seed: number',
		'options.wakeByCallback: boolean',
		'options.watermark: boolean',
		'options.watermarkText: string',
	],
	veoPollUntilDone: [
		...providersIn(all),
		'jobId: string',
		...waiting,
		'waiting=hold',
		'options: collection',
		'options.includeInput: boolean',
	],
	veoRemixExtend: [
		'operation: options',
		'operation=createExtended',
		'operation=extend',
		'operation=retryExtension',
		...providersIn(all.filter(({ operations }) => Object.keys(operations).length > 1)),
		'model: resourceLocator',
		'prompt: string',
		'promptExtend: string',
		'jobId: string',
		'remixId: string',
		...images,
		'options: collection',
		'options.callbackUrl: string',
		...commonOptions,
		'options.remixPath: string',
		'options.resolution: options',
		'options.wakeByCallback: boolean',
		'options.watermarkText: string',
	],
};

/** By the machine value of the provider: the name of its credential, and the fields of that. */
export const credentials = Object.fromEntries(
	all.map(({ saved }) => [saved.provider, { name: saved.credential, fields: saved.fields }]),
);

/** By the name of the credential: the free call that tests its key. */
export const keyTests: Readonly<Record<string, object>> = Object.fromEntries(
	all.map(({ saved: { credential, keyTest = '/v1/models' } }) => [
		credential,
		typeof keyTest === 'string' ? { url: keyTest } : keyTest,
	]),
);

/** By the name of the credential: the address that the provider's own page shows, if it shows one. */
export const baseUrls: Readonly<Record<string, string | undefined>> = Object.fromEntries(
	all.map(({ saved }) => [saved.credential, saved.baseUrl]),
);

/** By the name of the credential: what makes it usable beside the key, and the header with the key. */
export const keys: Readonly<Record<string, ProviderFixture['saved']['key']>> = Object.fromEntries(
	all.map(({ saved }) => [saved.credential, saved.key]),
);
