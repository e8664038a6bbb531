import ts from 'typescript';
import { errorMismatch, mismatch, parseExpectation, type Expectation } from './expectation.js';

/** An expression of an example with what its comment says. */
interface Check {
  readonly expression: string;
  readonly comment: string;
  readonly expectation: Expectation;
  readonly awaits: boolean;
}

type CheckFunction = (index: number, evaluate: () => unknown) => unknown;

/**
 * Runs an example and compares the value of each expression statement with the comment behind it.
 *
 * @returns What does not hold, a line each.
 */
export async function runExample(code: string): Promise<string[]> {
  const { instrumented, checks } = instrument(code);
  const problems: string[] = [];
  const reached = new Set<number>();
  const report = (index: number, problem: string | null) => {
    reached.add(index);
    if (problem !== null) problems.push(`${checks[index]!.expression}; // ${checks[index]!.comment}\n  but it was ${problem}`);
  };
  const check: CheckFunction = (index, evaluate) => {
    const { expectation, awaits } = checks[index]!;
    const fails = (error: unknown) => report(index, errorMismatch(error, expectation));
    const succeeds = (value: unknown) => report(index, mismatch(value, expectation));
    try {
      const value = evaluate();
      return awaits ? (value as Promise<unknown>).then(succeeds, fails) : succeeds(value);
    } catch (error) {
      return fails(error);
    }
  };

  await evaluateModule(instrumented, check);
  for (const [index, { expression }] of checks.entries()) {
    if (!reached.has(index)) problems.push(`${expression}; was never reached`);
  }
  return problems;
}

/** Puts each expression statement that has a value comment into a call of `check`. */
function instrument(code: string): { instrumented: string; checks: readonly Check[] } {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  const checks: Check[] = [];
  let instrumented = '';
  let copied = 0;
  const visit = (node: ts.Node): void => {
    const comment = ts.isExpressionStatement(node) ? commentBehind(code, node.end) : null;
    const expectation = comment === null ? null : parseExpectation(comment);
    if (!ts.isExpressionStatement(node) || comment === null || expectation === null) {
      ts.forEachChild(node, visit);
      return;
    }
    const { expression } = node;
    const awaits = hasAwait(expression);
    const [call, evaluate] = awaits ? ['await check', 'async () =>'] : ['check', '() =>'];
    instrumented += `${code.slice(copied, node.getStart())};${call}(${checks.length}, ${evaluate} (${printed(expression).getText()}));`;
    copied = node.end;
    checks.push({ expression: expression.getText(), comment, expectation, awaits });
  };
  visit(file);
  return { instrumented: instrumented + code.slice(copied), checks };
}

function commentBehind(code: string, end: number): string | null {
  const [comment] = ts.getTrailingCommentRanges(code, end) ?? [];
  return comment === undefined ? null : code.slice(comment.pos, comment.end).replace(/^\/[/*]\s*|\s*\*\/$/g, '').trim();
}

/** What `console.log(x)` prints is the value that its comment tells. */
function printed(expression: ts.Expression): ts.Expression {
  const isPrint = ts.isCallExpression(expression) && expression.expression.getText() === 'console.log';
  return isPrint && expression.arguments.length === 1 ? expression.arguments[0]! : expression;
}

function hasAwait(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (!ts.isFunctionLike(node) && ts.forEachChild(node, hasAwait) === true);
}

const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...args: unknown[]) => Promise<void>;

/** Runs a module whose imports are resolved as this file's are. */
async function evaluateModule(code: string, check: CheckFunction): Promise<void> {
  const { importedFiles } = ts.preProcessFile(code);
  const modules = new Map<string, unknown>();
  for (const { fileName } of importedFiles) modules.set(fileName, await import(/* @vite-ignore */ fileName));
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true },
  });
  await new AsyncFunction('require', 'exports', 'check', outputText)((name: string) => modules.get(name), {}, check);
}
