import type { JobState } from '../jobs/job';
import type { Answer, Call, CreatedJob, Image, Reading, Settings } from '../wire/call';

export type AspectRatio = '16:9' | '9:16';

/** What the images of a creation are for. Their order carries meaning. */
export type ImageMode = 'none' | 'firstFrame' | 'firstAndLastFrame' | 'referenceImages';

/** A model a provider is known to have, and the ways it takes images. Any other id may be typed too. */
export interface Model {
	id: string;
	imageModes: readonly ImageMode[];
}

/** A field only some providers take. Declared once here, its type reaches `request` by inference. */
export type OptionField = { label: string; description: string } & (
	| { type: 'choice'; choices: readonly string[]; default: string }
	| { type: 'number'; default: number; least?: number; most?: number }
	| { type: 'boolean'; default: boolean }
	| { type: 'text'; default: string; placeholder?: string }
);
export type OptionFields = Readonly<Record<string, OptionField>>;
export type OptionValue<Field extends OptionField> = Field extends { type: 'choice' }
	? Field['choices'][number]
	: Field extends { type: 'number' }
		? number
		: Field extends { type: 'boolean' }
			? boolean
			: string;
export type OptionValues<Fields extends OptionFields> = {
	-readonly [Name in keyof Fields]?: OptionValue<Fields[Name]>;
};

/** Everything a person chose for one new job. */
export interface OperationInput<Fields extends OptionFields> {
	model: string;
	prompt: string;
	/** The prompt of the added seconds, where the creation takes one. */
	promptExtend: string;
	/** The job or video a creation starts from, where it starts from one. */
	sourceId: string;
	imageMode: ImageMode;
	images: readonly Image[];
	aspectRatio: AspectRatio;
	options: OptionValues<Fields>;
}

/** The image rules of a creation: the ways it takes them, how many references, and in which form. */
export interface ImageRules {
	modes: readonly ImageMode[];
	maxReferences?: number;
	accepts: ReadonlyArray<Image['kind']>;
}

/** One way to start a paid job: its fields, what goes over the wire and how the answer reads. */
export interface Operation<Fields extends OptionFields = OptionFields> {
	/** The first model is the default. An empty list means that the provider takes none here. */
	models: readonly Model[];
	images?: ImageRules;
	/** Absent where the provider keeps the shape of the source video. */
	takesAspectRatio?: boolean;
	options: Fields;
	/** What to tell the user before money is spent, if anything: the input is allowed but odd. */
	warn?(input: OperationInput<Fields>): string | undefined;
	/** Why this input cannot work at this provider, if so. Nothing is sent then. */
	reject?(input: OperationInput<Fields>): string | undefined;
	request(input: OperationInput<Fields>): Call;
	/**
	 * Reads an answer with any HTTP status. With 3xx, 4xx and 5xx, `refused` only means that the answer
	 * contains no job id; the transport decides by the status. `input` is what was sent, to detect echoes.
	 */
	read(answer: Answer, input: OperationInput<OptionFields>): Reading<CreatedJob>;
	/** For answers that stream: whether what has come so far already tells the job. */
	isComplete?(textSoFar: string, input: OperationInput<OptionFields>): boolean;
}

/**
 * A provider that makes Veo videos: pure functions and data, no call, no clock, no n8n.
 * An optional member is the capability; nothing else says whether a provider can do it.
 */
export interface Provider {
	label: string;
	/** The public document this mapping was written from. */
	document: string;
	credential: `veo${string}Api`;
	create: Operation;
	createExtended?: Operation;
	extend?: Operation;
	retryExtension?: Operation;
	status: {
		request(jobId: string, settings: Settings): Call;
		read(answer: Answer): Reading<JobState>;
		/**
		 * Whether no request can look up this job, because it was finished when it was created and the
		 * provider named no id. Only the item of the create knows its link.
		 */
		cannotCheck?(jobId: string): boolean;
	};
	/** The call that gives the bytes of a finished job, where there is one beside the result link. */
	download?(jobId: string, settings: Settings): Call;
}

export type OperationName = 'create' | 'createExtended' | 'extend' | 'retryExtension';

/** Checks a creation against its own option fields, and lets it stand in a list with others. */
export function defineOperation<const Fields extends OptionFields>(
	definition: Operation<Fields>,
): Operation {
	return definition as unknown as Operation;
}
