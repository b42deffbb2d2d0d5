import type { IExecuteFunctions } from 'n8n-workflow';
import { readScenes } from '../../nodes/fields/scenes';

/** The prompts of item 0 for what the fields Prompts per Item and Prompts have. */
function read(prompt: unknown, prompts: unknown = 'several') {
	const context = {
		getNodeParameter: (name: string) => (name === 'prompts' ? prompts : prompt),
		getNode: () => ({ name: 'Veo Create' }),
	};
	return readScenes(context as unknown as IExecuteFunctions, 0);
}

const promptsOf = (prompt: unknown) => read(prompt).map((scene) => scene?.prompt);

test('by default an item is one job', () => {
	expect(read('A cat\nA dog', 'one')).toEqual([undefined]);
});

test('several prompts are numbered, without those that are empty', () => {
	expect(read('A cat\n\n  \nA dog\n')).toEqual([
		{ prompt: 'A cat', scene: 1, scenes: 2 },
		{ prompt: 'A dog', scene: 2, scenes: 2 },
	]);
});

test.each<[string, unknown, string[]]>([
	['a list', ['A cat', 'A dog'], ['A cat', 'A dog']],
	['a list with an empty text', ['A cat', ' ', 'A dog'], ['A cat', 'A dog']],
	['a list of one', ['A cat'], ['A cat']],
	['a list with a prompt of two lines', ['A cat\nat noon'], ['A cat\nat noon']],
	['lines of Windows', 'A cat\r\nA dog\r\n', ['A cat', 'A dog']],
	['lines of an old Mac', 'A cat\rA dog', ['A cat', 'A dog']],
	['one line', 'A cat', ['A cat']],
	['a list as JSON', '["A cat", "A dog"]', ['A cat', 'A dog']],
	['a list as JSON in several lines', ' [\n"A cat",\n"A dog"\n]\n', ['A cat', 'A dog']],
	['a list as a language model shows it', '```json\n["A cat", "A dog"]\n```', ['A cat', 'A dog']],
	['lines as a language model shows them', '```\nA cat\nA dog\n```', ['A cat', 'A dog']],
	['a line that begins with a bracket', '[wide] A cat\nA dog', ['[wide] A cat', 'A dog']],
	['equal prompts', 'A cat\nA cat', ['A cat', 'A cat']],
	['half a character', ['A cat \ud83d'], ['A cat \ufffd']],
])('%s', (_name, prompt, expected) => {
	expect(promptsOf(prompt)).toEqual(expected);
});

test('1,000 lines', () => {
	const lines = Array.from({ length: 1_000 }, (_each, index) => `Cat ${index}`);
	expect(promptsOf(lines.join('\n'))).toEqual(lines);
});

test('a text with a million empty lines takes no quadratic time', () => {
	expect(promptsOf(`A cat${' \n'.repeat(1_000_000)}A dog`)).toEqual(['A cat', 'A dog']);
});

test.each<[string, unknown, RegExp]>([
	['an empty text', ' \n ', /Prompts is empty \[item 0\]/],
	['an empty list', [], /Prompts is empty/],
	['an empty list as JSON', '[]', /Prompts is empty/],
	['a list of empty texts', ['', ' '], /Prompts is empty/],
	['nothing', undefined, /Prompts is empty/],
	['a number', 5, /Prompts is a number, not a list/],
	['an object', { prompts: ['A cat'] }, /Prompts is an object, not a list/],
	['an object as JSON', '{"prompts": ["A cat"]}', /JSON text of an object/],
	['a list with a number', ['A cat', 5], /Prompt 2 of the list is a number/],
	['a list with a gap', ['A cat', null], /Prompt 2 of the list is empty/],
	['a list of objects', [{ prompt: 'A cat' }], /Prompt 1 of the list is an object/],
	['a list of lists', [['A cat']], /Prompt 1 of the list is a list/],
	['a list of objects as JSON', '[{"prompt": "A cat"}]', /Prompt 1 of the list is an object/],
	['an object in a text', 'A cat\n[object Object]', /Prompt 2 of the list is an object/],
	['a list that was cut off', '["A cat", "A d', /JSON or a code block that cannot be read/],
	['a list with a comma too many', '[\n"A cat",\n]', /JSON or a code block that cannot be read/],
	["a list in Python's form", "['A cat', 'A dog']", /JSON or a code block that cannot be read/],
	['a code block that was cut off', '```json\n["A cat",', /cannot be read/],
	['a text around a code block', 'Here:\n```json\n["A cat"]\n```', /cannot be read/],
	['a text around a list', 'Here:\n[\n"A cat"\n]', /cannot be read/],
	['an object that was cut off', '{\n"prompts": [', /JSON or a code block that cannot be read/],
])('%s is an error, and nothing is bought', (_name, prompt, message) => {
	expect(() => read(prompt)).toThrow(message);
});

test('another value of Prompts per Item is an error', () => {
	expect(() => read('A cat', 'many')).toThrow('Prompts per Item is "many"');
});
