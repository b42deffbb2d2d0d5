import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { root } from './tree';

/** One import of a source file. `target` is a file of this tree without its ending, or a package. */
export interface Import {
	target: string;
	isOurs: boolean;
	/** Nothing of it is left in the built file. */
	isTypeOnly: boolean;
}

/** A source file as the compiler reads it, so that comments and texts are never taken for code. */
export interface Source {
	path: string;
	imports: Import[];
	/** Names that stand for something of their own: not members, not keys. */
	freeNames: Set<string>;
	/** Every name and every text, members and keys as well. */
	mentions: Set<string>;
	/** The classes that are made with `new` right where they are thrown. */
	throws: Set<string>;
	usesAny: boolean;
}

export const readSource = (path: string) => parse(path, readFileSync(join(root, path), 'utf8'));

export function parse(path: string, text: string): Source {
	const source: Source = {
		path,
		imports: [],
		freeNames: new Set(),
		mentions: new Set(),
		throws: new Set(),
		usesAny: false,
	};
	const add = (specifier: ts.Node | undefined, isTypeOnly: boolean) => {
		// What cannot be told from the source is taken for an import of anything.
		const name =
			specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : '?';
		const isOurs = name.startsWith('.');
		const target = isOurs ? posix.join(posix.dirname(path), name) : name;
		source.imports.push({ target, isOurs, isTypeOnly });
	};
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node));
		else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
			add(node.moduleSpecifier, node.isTypeOnly);
		} else if (ts.isExternalModuleReference(node)) add(node.expression, false);
		else if (ts.isImportTypeNode(node)) {
			add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
		} else if (ts.isCallExpression(node)) {
			const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
			if (isRequire || node.expression.kind === ts.SyntaxKind.ImportKeyword) {
				add(node.arguments[0], false);
			}
		} else if (ts.isThrowStatement(node) && ts.isNewExpression(node.expression)) {
			source.throws.add(node.expression.expression.getText(file));
		} else if (ts.isIdentifier(node)) {
			source.mentions.add(node.text);
			if (isFree(node)) source.freeNames.add(node.text);
		} else if (ts.isStringLiteralLike(node)) source.mentions.add(node.text);
		else if (node.kind === ts.SyntaxKind.AnyKeyword) source.usesAny = true;
		ts.forEachChild(node, visit);
	};
	const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
	visit(file);
	return source;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
	if (importClause === undefined) return false;
	if (importClause.isTypeOnly) return true;
	const { name, namedBindings } = importClause;
	return (
		name === undefined &&
		namedBindings !== undefined &&
		ts.isNamedImports(namedBindings) &&
		namedBindings.elements.every((element) => element.isTypeOnly)
	);
}

function isFree(node: ts.Identifier): boolean {
	const { parent } = node;
	if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
	if (ts.isQualifiedName(parent)) return parent.left === node;
	const isKey =
		ts.isPropertyAssignment(parent) ||
		ts.isPropertySignature(parent) ||
		ts.isPropertyDeclaration(parent) ||
		ts.isMethodDeclaration(parent) ||
		ts.isMethodSignature(parent);
	return !(isKey && parent.name === node);
}
