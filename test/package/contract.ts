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

const everyProvider = [
	'provider: options',
	'provider=deerApi',
	'provider=deepWl',
	'provider=newApiRemix',
	'provider=apimp',
	'provider=eronmind',
	'provider=deerApiChat',
	'provider=deepWlVideos',
	'provider=eronmindVideos',
	'provider=openAiVideos',
];

export const parameters: Record<string, string[]> = {
	veoCreate: [
		...everyProvider,
		'model: resourceLocator',
		'prompt: string',
		...images,
		'options: collection',
		'options.callbackUrl: string',
		'options.durationSeconds: number',
		'options.enableUpsample: boolean',
		'options.enhancePrompt: boolean',
		'options.extraFields: json',
		'options.generateAudio: boolean',
		'options.negativePrompt: string',
		'options.personGeneration: options',
		'options.requestFormat: options',
		'options.resolution: options',
		'options.seed: number',
		'options.watermark: boolean',
	],
	veoPollUntilDone: [
		...everyProvider,
		'jobId: string',
		'waiting: options',
		'waiting=automatic',
		'waiting=hold',
		'waiting=suspend',
		'pollIntervalSeconds: number',
		'timeoutMinutes: number',
		'download: boolean',
		'options: collection',
		'options.binaryProperty: string',
		'options.fileName: string',
		'options.includeRaw: boolean',
		'options.maxSizeMb: number',
		'options.tolerance: number',
	],
	veoRemixExtend: [
		'operation: options',
		'operation=createExtended',
		'operation=extend',
		'operation=retryExtension',
		'provider: options',
		'provider=deepWl',
		'provider=newApiRemix',
		'provider=deepWlVideos',
		'provider=openAiVideos',
		'model: resourceLocator',
		'prompt: string',
		'promptExtend: string',
		'jobId: string',
		'remixId: string',
		...images,
		'options: collection',
		'options.extraFields: json',
		'options.remixPath: string',
		'options.resolution: options',
	],
};

const everyCredential = ['apiKey: string', 'baseUrl: string'];

/** By the machine value of the provider: the name of its credential, and the fields of that. */
export const credentials: Record<string, { name: string; fields: string[] }> = {
	deerApi: { name: 'veoDeerApi', fields: [...everyCredential, 'taskDataUrl: string'] },
	deepWl: { name: 'veoDeepWlApi', fields: everyCredential },
	newApiRemix: { name: 'veoNewApiRemixApi', fields: everyCredential },
	apimp: { name: 'veoApimpApi', fields: [...everyCredential, 'statusPath: string'] },
	eronmind: { name: 'veoEronmindApi', fields: [...everyCredential, 'taskDataUrl: string'] },
	deerApiChat: { name: 'veoDeerApi', fields: [...everyCredential, 'taskDataUrl: string'] },
	deepWlVideos: { name: 'veoDeepWlApi', fields: everyCredential },
	eronmindVideos: { name: 'veoEronmindApi', fields: everyCredential },
	openAiVideos: {
		name: 'veoOpenAiVideosApi',
		fields: [...everyCredential, 'statusPath: string', 'contentPath: string'],
	},
};
