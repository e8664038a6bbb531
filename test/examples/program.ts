import { join } from 'node:path';
import ts from 'typescript';
import type { Example } from './collect.js';

/** Where an example stands while it is compiled: beside the file that it comes from, so that imports resolve alike. */
function virtualPath(root: string, example: Example): string {
  return join(root, `${example.file}.${example.line}.ts`);
}

/** A program of all examples, which are files in memory only, and of the packages' entries. */
export function createExampleProgram(root: string, examples: readonly Example[], entries: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x.ts'] }, ts.sys, root);
  // An example may name a value only to show it; and each is a module, also without an import.
  Object.assign(options, { noUnusedLocals: false, moduleDetection: ts.ModuleDetectionKind.Force } satisfies ts.CompilerOptions);
  const sources = new Map(examples.map((example) => [virtualPath(root, example), example.code]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => sources.has(path) || disk.fileExists(path),
    readFile: (path) => sources.get(path) ?? disk.readFile(path),
    getSourceFile: (path, languageVersion) => {
      const code = sources.get(path);
      return code === undefined ? disk.getSourceFile(path, languageVersion) : ts.createSourceFile(path, code, languageVersion, true);
    },
  };
  return ts.createProgram([...sources.keys(), ...entries], options, host);
}

/** The type errors of one example, with their lines in the file that it comes from. */
export function typeErrors(program: ts.Program, root: string, example: Example): string[] {
  const file = program.getSourceFile(virtualPath(root, example))!;
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ start, messageText }) => {
    const line = example.line + file.getLineAndCharacterOfPosition(start ?? 0).line;
    return `${example.file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** The functions that a package exports without a word on them. */
export function undocumentedFunctions(program: ts.Program, entry: string): string[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Function && symbol.getDocumentationComment(checker).length === 0)
    .map((symbol) => symbol.name);
}
