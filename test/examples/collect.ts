import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A ```ts block of a doc comment or of a Markdown page. */
export interface Example {
  readonly file: string;
  /** Of the block's first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

/** All examples of a text; in a doc comment the leading ` * ` of each line goes. */
export function examplesOf(file: string, text: string): Example[] {
  const examples: Example[] = [];
  let block: string[] | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = file.endsWith('.ts') ? raw.replace(/^\s*\* ?/, '') : raw;
    if (block === null) {
      if (line.trim() === '```ts') block = [];
    } else if (line.trim() === '```') {
      examples.push({ file, line: index - block.length + 1, code: block.join('\n') });
      block = null;
    } else {
      block.push(line);
    }
  }
  return examples;
}

/** The sources of all packages, and the pages that people write: README.md, docs/, and a package's own README.md. */
function filesWithExamples(root: string): string[] {
  const packages = readdirSync(join(root, 'packages')).flatMap((name) => [
    join('packages', name, 'README.md'),
    ...filesBelow(root, join('packages', name, 'src'), '.ts'),
  ]);
  const guides = filesBelow(root, 'docs', '.md').filter((file) => !file.startsWith(join('docs', 'api')));
  return ['README.md', ...guides, ...packages];
}

function filesBelow(root: string, folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));
}

/** The public faces of the packages. */
export function packageEntries(root: string): string[] {
  return readdirSync(join(root, 'packages'))
    .flatMap((name) => ['index', 'testing', 'node'].map((entry) => join(root, 'packages', name, 'src', `${entry}.ts`)))
    .filter((file) => existsSync(file));
}

/** Every example of the project. */
export function collectExamples(root: string): Example[] {
  return filesWithExamples(root)
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => examplesOf(file, readFileSync(join(root, file), 'utf8')));
}
