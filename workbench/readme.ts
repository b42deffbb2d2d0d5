import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { providerNamed, providerNames } from '../nodes/providers';
import type { CreationName, ImageMode } from '../nodes/providers/provider';

const start = '<!-- providers: written by `npm run readme` -->';
const end = '<!-- /providers -->';

const imageModeWords: Record<ImageMode, string> = {
	none: 'none',
	firstFrame: 'first frame',
	firstAndLastFrame: 'first and last frame',
	referenceImages: 'reference images',
};
const creationWords: Record<Exclude<CreationName, 'create'>, string> = {
	createExtended: '15 seconds',
	extend: 'extend',
	retryExtension: 'retry extension',
};

/** The README with its table of providers as the provider list says. */
export function withProviderTable(readme: string): string {
	const [before, rest] = readme.split(start);
	const after = rest?.split(end)[1];
	if (before === undefined || after === undefined) throw new Error(`README.md has no ${start}`);
	return `${before}${start}\n\n${providerTable()}\n\n${end}${after}`;
}

function providerTable(): string {
	const rows = providerNames.map((name) => {
		const provider = providerNamed(name);
		if (provider === undefined) throw new Error(`There is no provider ${name}`);
		const { label, document, credential, create } = provider;
		const images = (create.images?.modes ?? []).filter((mode) => mode !== 'none');
		const links = create.images?.accepts.includes('bytes') ? '' : ' (links only)';
		const extensions = Object.entries(creationWords).flatMap(([creation, word]) =>
			provider[creation as CreationName] === undefined ? [] : [word],
		);
		return [
			`[${label}](${document})`,
			`\`${name}\``,
			`\`${credential}\``,
			images.map((mode) => imageModeWords[mode]).join(', ') + links,
			extensions.join(', ') || '–',
			create.models.map(({ id }) => `\`${id}\``).join(', '),
		].join(' | ');
	});
	return [
		'| provider | machine value | credential | images | longer videos | models suggested |',
		'|---|---|---|---|---|---|',
		...rows.map((row) => `| ${row} |`),
	].join('\n');
}

if (require.main === module) {
	const file = path.join(__dirname, '..', 'README.md');
	writeFileSync(file, withProviderTable(readFileSync(file, 'utf8')));
}
