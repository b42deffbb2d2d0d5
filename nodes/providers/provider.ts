import type { JobState } from '../jobs/job';
import type {
	Answer,
	Call,
	CreatedJob,
	Image,
	ImageBytes,
	JsonRecord,
	Reading,
	Settings,
} from '../wire/call';

export type AspectRatio = '16:9' | '9:16';

/** What the images of a job are for. Their order is significant. */
export type ImageMode = 'none' | 'firstFrame' | 'firstAndLastFrame' | 'referenceImages';

/** A suggested model and the image modes it supports. The user may enter any other id. */
export interface Model {
	id: string;
	imageModes: readonly ImageMode[];
	/** Google has closed it. The provider may refuse it, or serve another model under its name. */
	isClosed?: true;
}

/** A field of some providers only. The type of its value in `request` is inferred from it. */
export type OptionField = { label: string; description: string } & (
	| { type: 'choice'; choices: readonly string[]; default: string }
	| { type: 'number'; default: number; min?: number; max?: number }
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

/** The fields of one new job. */
export interface OperationInput<Fields extends OptionFields> {
	model: string;
	prompt: string;
	/** The prompt of the added seconds. Empty if the operation has none. */
	promptExtend: string;
	/** The job or video that the operation continues. Empty if it starts from nothing. */
	sourceId: string;
	imageMode: ImageMode;
	images: readonly Image[];
	aspectRatio: AspectRatio;
	options: OptionValues<Fields>;
}

/** The images that an operation accepts. */
export interface ImageRules {
	modes: readonly ImageMode[];
	maxReferences?: number;
	accepts: ReadonlyArray<Image['kind']>;
}

/** Where an operation takes the address that the provider calls when the job has ended. */
export interface Callback {
	place: 'json' | 'query';
	field: string;
	/** The fields that ask for a call at the end alone, if the provider also makes others. */
	endOnly?: JsonRecord;
	/** Whether the provider refuses an address without TLS. */
	needsHttps?: true;
	/** Where the body of a call may name its job: keys from the outside in. */
	jobIdPaths: ReadonlyArray<readonly string[]>;
}

/** A kind of paid request: its fields, its call and how its answer is read. */
export interface Operation<Fields extends OptionFields = OptionFields> {
	/** The suggestions. The first one is the default. */
	models: readonly Model[];
	images?: ImageRules;
	/** Absent if the provider keeps the aspect ratio of the source video. */
	takesAspectRatio?: boolean;
	/** Absent if the provider calls no address. */
	callback?: Callback;
	options: Fields;
	/** A warning about a valid but doubtful input. The request is sent nevertheless. */
	warn?(input: OperationInput<Fields>, settings?: Settings): string | undefined;
	/** The reason why the provider does not support this input, if so. Nothing is sent then. */
	reject?(input: OperationInput<Fields>): string | undefined;
	request(input: OperationInput<Fields>, settings: Settings): Call;
	/**
	 * Reads an answer with any HTTP status. With 3xx, 4xx and 5xx, `refused` only means that the answer
	 * has no job id; the transport decides by the status. `input` is what was sent, to detect echoes.
	 */
	read(answer: Answer, input: OperationInput<OptionFields>): Reading<CreatedJob>;
	/** For streamed answers: whether the text received so far has the job id. */
	isComplete?(textSoFar: string, input: OperationInput<OptionFields>): boolean;
}

/** A page of the newest jobs of an account, the newest first. */
export interface JobList {
	/** `isEqual`: the job has the model, the input and the marker of a create. */
	jobs: ReadonlyArray<CreatedJob & { isEqual: boolean }>;
	next?: Call;
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
	/** The password fields of the credential. `apiKey` if absent. */
	secretFields?: readonly string[];
	/** The fields of the credential beside the Base URL whose hosts get the key. */
	keyUrlFields?: readonly string[];
	/** Models of other makers have the same protocol here: the fields go out under the names that most of them use. */
	takesAnyModel?: true;
	/** The form of its IDs of Veo models. Another form is that of another provider, and nothing is sent. */
	veoModel?: RegExp;
	/**
	 * What the fields of the credential mean together: further settings, with the Base URL if its field may be
	 * empty, and further secrets. Or why they cannot be used: nothing is sent then.
	 */
	readCredential?(
		fields: Settings,
	):
		| { kind: 'usable'; settings: Settings; secrets: ReadonlyArray<string | RegExp> }
		| { kind: 'unusable'; problem: string };
	create: Operation;
	createExtended?: Operation;
	extend?: Operation;
	retryExtension?: Operation;
	status: {
		/** The form of a job id, if the paths of calls are built from its parts. */
		jobIdPattern?: RegExp;
		request(jobId: string, settings: Settings): Call;
		read(answer: Answer): Reading<JobState>;
		/** The call whose answer has the result, if `answer` only says that there is one. */
		next?(answer: Answer, jobId: string, settings: Settings): Call | undefined;
		/**
		 * Whether the job cannot be checked, because it was finished when it was created and the provider gave
		 * no id. Only the item of the create has its link.
		 */
		cannotCheck?(jobId: string): boolean;
	};
	/** Whether the models can be listed. Without such a call only the suggestions are offered. */
	listsModels?: false;
	/** Lists the models of the account. The Veo models in OpenAI's list if absent. */
	models?: {
		/** `search`: what the user has typed. */
		request(settings: Settings, search: string): Call;
		read(answer: Answer): Reading<string[]>;
		/** The list is the first page of a search: a model may be missing in it. */
		isPartial?: true;
	};
	/** Turns a file into a link, for operations that accept only links. */
	upload?: {
		request(file: ImageBytes, settings: Settings): Call;
		/** The link, and the call that sends the bytes if the first one only asked for a place. */
		read(answer: Answer, file: ImageBytes): Reading<{ link: string; send?: Call }>;
	};
	cancel?(jobId: string, settings: Settings): Call;
	/** Asks what the account has left, for free. */
	balance?: {
		/** What it is counted in: "credits". */
		unit: string;
		/** What else the user has to know, in whole sentences. */
		note?: string;
		/** The field of the credential whose host gets the key for these calls, and for no others. */
		keyUrlField?: string;
		/** The calls whose numbers add up to the balance. */
		parts: ReadonlyArray<{
			request(settings: Settings): Call;
			read(answer: Answer): Reading<number>;
		}>;
	};
	/** Finds the job of a create whose answer was lost. */
	find?: {
		/** Adds a marker that the list shows and the model does not see, if the create has a place for it. */
		mark(create: Call, marker: string): Call;
		request(settings: Settings): Call;
		read(answer: Answer, create: Call): Reading<JobList>;
	};
	/**
	 * The call that returns the file of a video of a finished job, for providers that have one besides the
	 * result link. `index`: of the video among the final ones. `link`: its first link, if it has any; one of
	 * another scheme than http(s) is passed on only here.
	 */
	download?(
		jobId: string,
		settings: Settings,
		video: { index: number; link?: string },
	): Call | undefined;
}

export const operationNames = ['create', 'createExtended', 'extend', 'retryExtension'] as const;
export type OperationName = (typeof operationNames)[number];

/** Checks the types of an operation against its own options, and widens it to `Operation`. */
export function defineOperation<const Fields extends OptionFields>(
	definition: Operation<Fields>,
): Operation {
	return definition as unknown as Operation;
}
