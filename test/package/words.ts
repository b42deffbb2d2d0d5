import type { INodeProperties } from 'n8n-workflow';

/** A text that a person reads in the editor, and where it stands. */
export interface Worded {
	path: string;
	type: string;
	label: string;
	description: string | undefined;
	/** The machine value of a choice. */
	value?: unknown;
}

/** Every field and every choice of a list of properties, nested ones as well. */
export function wordsOf(properties: readonly INodeProperties[], prefix = ''): Worded[] {
	return properties.flatMap((property) => {
		const { displayName: label, name, type, description, options = [] } = property;
		const path = prefix + name;
		const nested = options.flatMap((option): Worded[] => {
			if ('values' in option) {
				const inner = `${path}.${option.name}`;
				return [
					{ path: inner, type: 'collection', label: option.displayName, description: undefined },
					...wordsOf(option.values, `${inner}.`),
				];
			}
			if ('type' in option) return wordsOf([option as INodeProperties], `${path}.`);
			if (!('value' in option)) return [];
			const choice = `${path}=${String(option.value)}`;
			const { name: choiceLabel, description: about, value } = option;
			return [{ path: choice, type: 'choice', label: choiceLabel, description: about, value }];
		});
		return [{ path, type, label, description }, ...nested];
	});
}

const smallWords = new Set(
	'a an and as at but by for from in into nor of on or per the to via with'.split(' '),
);

function isTitleCase(text: string): boolean {
	// A unit stands as it is written: 15 s.
	const words = text
		.replace(/(\d+) s\b/, '$1')
		.split(/\s+/)
		.map((word) => word.replace(/^\W+/, ''));
	return words.every((word, index) => {
		const isInside = index > 0 && index < words.length - 1;
		if (isInside && smallWords.has(word.toLowerCase())) return word === word.toLowerCase();
		return /^[\p{Lu}\d]/u.test(word);
	});
}

/** What n8n's style guide minds about a label and its description. */
function problemsOf({ type, label, description, value }: Worded): string[] {
	const problems: string[] = [];
	// A choice that shows the provider's own word shows it as the provider writes it.
	if (label !== value && !isTitleCase(label)) problems.push(`label is not Title Case: ${label}`);
	if (description === undefined) return problems;
	const text = description.trim();
	const hasSeveralSentences = /(?<!\b(?:e\.g|i\.e))[.!?]\s+\S/.test(text);
	if (text === '' || text !== description) problems.push(`stray blanks: "${description}"`);
	if (hasSeveralSentences && !/[.!?]$/.test(text))
		problems.push(`no full stop at the end: ${text}`);
	if (!hasSeveralSentences && text.endsWith('.')) problems.push(`a trailing full stop: ${text}`);
	if (!/^[\p{Lu}\d]/u.test(text)) problems.push(`no capital at the start: ${text}`);
	if (type === 'boolean' && !/^Whether\b/.test(text)) problems.push(`no "Whether": ${text}`);
	return problems;
}

export const problemsIn = (worded: readonly Worded[]) =>
	worded.flatMap((each) => problemsOf(each).map((problem) => `${each.path}: ${problem}`));
