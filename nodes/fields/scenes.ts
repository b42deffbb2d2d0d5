import type { IExecuteFunctions } from 'n8n-workflow';
import type { Scene } from '../jobs/scene';
import { wellFormed } from '../wire/readers';
import { inputError } from './operationInput';

/** The scenes of an item in their order; one that is undefined if the item is a single job. */
export function readScenes(
	context: IExecuteFunctions,
	itemIndex: number,
): ReadonlyArray<Scene | undefined> {
	const toError = (message: string, description: string) =>
		inputError(context, itemIndex, message, description);
	const prompts = context.getNodeParameter('prompts', itemIndex, 'one');
	if (prompts === 'one') return [undefined];
	if (prompts !== 'several') {
		throw toError(`Prompts per Item is ${JSON.stringify(prompts)}`, 'It must be one or several.');
	}
	const list = readList(context.getNodeParameter('prompt', itemIndex, ''), toError);
	const texts = list.map((each, index) => readText(each, index, toError));
	const filled = texts.filter((text) => text !== '');
	if (filled.length > 0) {
		return filled.map((prompt, index) => ({ prompt, scene: index + 1, scenes: filled.length }));
	}
	throw toError('Prompts is empty', 'Enter one prompt per line, or a list of texts by expression.');
}

type ToError = (message: string, description: string) => Error;

const listExample =
	'Give a list of texts, for example {{ $json.scenes }}, or {{ $json.scenes.map((scene) => scene.prompt) }} for a list of objects.';

function readList(given: unknown, toError: ToError): readonly unknown[] {
	if (Array.isArray(given)) return given;
	if (given === undefined || given === null) return [];
	if (typeof given !== 'string') {
		throw toError(`Prompts is ${typeName(given)}, not a list of texts`, listExample);
	}
	const text = withoutFence(given.trim());
	const parsed = parseJson(text);
	if (Array.isArray(parsed)) return parsed;
	if (parsed !== undefined) {
		throw toError('Prompts is the JSON text of an object, not of a list', listExample);
	}
	if (notLines.some((form) => form.test(text))) {
		throw toError(
			'Prompts has JSON or a code block that cannot be read',
			'A language model may have stopped before the end, or have written a text around the list. Give a JSON list of texts alone, such as ["A cat", "A dog"], or one prompt per line.',
		);
	}
	return text.split(/\r\n|[\n\r\u2028\u2029]/);
}

/** Language models often put a list between lines of three backticks. */
const withoutFence = (text: string) =>
	(/^```[^\n]*\n([^]*?)\n?```$/.exec(text)?.[1] ?? text).trim();

// In doubt an error: taken as prompts, the lines of broken JSON would be paid jobs.
const notLines = [
	// The text begins as a list or an object does.
	/^(?:\[\s*["'[{\]]|\{\s*["'}])/,
	// A line has brackets alone, or begins a code block.
	/^[ \t]*(?:[[\]{}]+,?[ \t\r]*$|```)/m,
];

function parseJson(text: string): object | undefined {
	if (!/^[[{]/.test(text)) return undefined;
	try {
		return JSON.parse(text) as object;
	} catch {
		return undefined;
	}
}

function readText(given: unknown, index: number, toError: ToError): string {
	const text = typeof given === 'string' ? wellFormed(given.trim()) : undefined;
	// How JavaScript writes an object into a text.
	if (text !== undefined && text !== '[object Object]') return text;
	throw toError(
		`Prompt ${index + 1} of the list is ${text === undefined ? typeName(given) : 'an object'}, not a text`,
		listExample,
	);
}

function typeName(value: unknown): string {
	if (value === undefined || value === null) return 'empty';
	if (Array.isArray(value)) return 'a list';
	return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
