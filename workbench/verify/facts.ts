import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';

/*
 * What the mappings take for granted, and whether a document of the provider says so: workbench/facts has a
 * file for each provider. `npm run verify` tries each fact, and `npm run readme` writes them into the documents.
 *
 * route STEP…              answers with JSON that the mapping reads, or with the file. Some are not tried.
 * header NAME WORD         how the key is sent
 * field STEP PLACE…        of an answer; `?`: it may be missing, `|`: one of several
 * word WORD…               of a status
 * link STEP PLACE          of the result
 * error STEP HTTP PLACE    the status and the place of the reason
 * sent FIELD…              of the create
 * model ID…                listed by the provider
 * file TYPE                of the video
 */
interface ProviderFacts {
	documented: readonly string[];
	inferred: readonly string[];
	/** The fields that may have the status word. */
	statusPlaces: readonly string[];
	/** An ID of the right form that no job has. {name} stands for a field of the credential. */
	unknownJob: string;
	/** Instead of the first model that the node suggests. */
	cheapest?: string;
	options?: Readonly<Record<string, number | boolean>>;
}

const readFacts = (name: ProviderName) =>
	JSON.parse(
		readFileSync(path.join(__dirname, '../facts', `${name}.json`), 'utf8'),
	) as ProviderFacts;

/** A provider without a file throws. */
export const facts = Object.fromEntries(
	providerNames.map((name) => [name, readFacts(name)]),
) as Record<ProviderName, ProviderFacts>;

/** Each fact on its own: `field create id status` is two. */
export const listFacts = (groups: readonly string[]): string[] =>
	groups.flatMap((group) => {
		const [, head = group, rest = ''] =
			/^((?:field|link) \S+|route|word|sent|model|file)(?: (.*))$/.exec(group) ?? [];
		return rest === '' ? [head] : rest.split(' ').map((word) => `${head} ${word}`);
	});

/** What a fact allows: `error wrongKey 200|401 msg` is two. */
export const listAlternatives = (fact: string): string[] =>
	fact
		.replace('?', '')
		.split(' ')
		.map((words) => words.split('|'))
		.reduce((heads, words) => heads.flatMap((head) => words.map((word) => `${head} ${word}`)));
