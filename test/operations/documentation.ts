import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';

/** What the comment of a public function says. */
export interface Documentation {
  readonly name: string;
  /** The folder that its file lies in: the family. */
  readonly family: string;
  /** The first sentence. */
  readonly summary: string;
  /** The names of its counterparts, by tag: `numpy`, `jax`, `torch`. */
  readonly counterparts: Readonly<Record<string, string>>;
}

/** The exported functions below a folder. */
export function documentationOf(folder: string): ReadonlyMap<string, Documentation> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort();
  const found = files.flatMap((file) => functionsOf(join(folder, file)));
  // Of overloads, the first one has the comment.
  return new Map(found.filter((entry) => found.find(({ name }) => name === entry.name) === entry).map((entry) => [entry.name, entry]));
}

function functionsOf(file: string): Documentation[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || statement.name === undefined) return [];
    if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return [];
    const comment = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc);
    const text = ts.getTextOfJSDocComment(comment?.comment) ?? '';
    const tags = (comment?.tags ?? []).map((tag): [string, string] => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment) ?? '']);
    const counterparts = Object.fromEntries(tags.filter(([tag]) => ['numpy', 'jax', 'torch'].includes(tag)));
    return [{ name: statement.name.text, family: basename(dirname(file)), summary: firstSentence(text), counterparts }];
  });
}

/** Up to the first full stop, colon or semicolon outside of code and brackets. */
function firstSentence(text: string): string {
  const line = text.replace(/\{@link (?:@[\w/]+!)?(\w+)\}/g, '`$1`').replace(/\s+/g, ' ');
  return /^(?:`[^`]*`|\([^)]*\)|[^`(])*?(?=[.;:](?:\s|$))/.exec(line)?.[0] ?? line;
}
