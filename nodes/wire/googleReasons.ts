/*
 * What Google's errors mean, which other providers pass on as they are.
 */

// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/video/responsible-ai-and-usage-guidelines
const subjects: ReadonlyArray<readonly [subject: string, ...codes: number[]]> = [
	['children', 58061214, 17301594],
	['a celebrity', 29310472, 15236754],
	['the safety of the video', 64151117, 42237218],
	['dangerous content', 62263041],
	['hate', 57734940, 22137204],
	['sexual content', 90789179, 43188360],
	['violence', 61493863, 56562880],
	['toxic language', 78610348],
	['vulgar language', 32635315],
	['content of others, such as a brand', 35561574, 35561575],
	['prohibited content', 89371032, 49114662, 63429089, 72817394, 60599140],
	['another safety rule', 74803281, 29578790, 42876398],
	['personal information', 92201652],
];

const clockAdvice =
	'the clock of the machine that runs n8n is wrong: set it to the right time, for example by NTP';

/** A reason with what its codes mean, in brackets, for people who do not know them. */
export function explainReason(reason: string): string {
	const about = /support codes?/i.test(reason) ? readSubjects(reason) : [];
	const notes = [
		...(about.length === 0 ? [] : [`the filter names ${about.join(', ')}`]),
		...(isClockError.test(reason) ? [clockAdvice] : []),
	];
	return notes.length === 0 ? reason : `${reason} (${notes.join('; ')})`;
}

/** Google refuses a token from the future, or one that is over. */
export const isClockError = /must be a short-lived token|check your iat and exp/i;

function readSubjects(reason: string): string[] {
	const codes = new Set(reason.match(/\b\d{8}\b/g)?.map(Number));
	return subjects.flatMap(([subject, ...known]) =>
		known.some((code) => codes.has(code)) ? [subject] : [],
	);
}
