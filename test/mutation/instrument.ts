/*
 * Puts a switch on every expression of every gradient rule, so that one process can try all mutants of all rules: each
 * expression is handed to `value`, and each operation that has a counterpart to `callee`, which change it or not.
 */
import ts from 'typescript';

/** What the instrumented code calls; `runtime.ts` puts it there. */
const runtime = 'globalThis.adjointMutants';

interface Insertion {
  readonly position: number;
  readonly text: string;
  /** Of two insertions at one position, the one that goes first. */
  readonly order: number;
}

/** The source with its switches. What is no gradient rule stays as it is. */
export function instrument(file: string, code: string): string {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const insertions: Insertion[] = [];
  let depth = 0;

  const siteOf = (node: ts.Node): string => {
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    let call: ts.Node = node.parent;
    while (!ts.isCallExpression(call) && !ts.isFunctionLike(call)) call = call.parent;
    const around = ts.isCallExpression(call) ? ` in ${shortened(call)}` : '';
    return JSON.stringify(`${file}:${line + 1}:${character + 1} ${shortened(node)}${around}`);
  };
  const shortened = (node: ts.Node): string => {
    const text = node.getText(source).replace(/\s+/g, ' ');
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  };
  const wrap = (node: ts.Node, before: string, after = ')'): void => {
    insertions.push({ position: node.getStart(source), text: before, order: depth });
    insertions.push({ position: node.getEnd(), text: after, order: -depth });
  };

  const visit = (node: ts.Node, inRule: boolean): void => {
    if (ts.isTypeNode(node) || isRunning(node)) return;
    const isRule = inRule || (ts.isFunctionLike(node) && takesCotangent(node));
    depth++;
    if (inRule) {
      if (ts.isShorthandPropertyAssignment(node) && ts.isObjectLiteralExpression(node.parent)) {
        insertions.push({ position: node.getEnd(), text: `: ${runtime}.value(${siteOf(node)}, ${node.name.text})`, order: -depth });
      } else if (isValue(node)) {
        wrap(node, `${runtime}.value(${siteOf(node)}, `);
      }
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        wrap(node.expression, `${runtime}.callee(${siteOf(node)}, '${node.expression.text}', `);
      }
    }
    ts.forEachChild(node, (child) => visit(child, isRule));
    depth--;
  };
  visit(source, false);
  insertions.sort((left, right) => left.position - right.position || left.order - right.order);

  let result = '';
  let position = 0;
  for (const insertion of insertions) {
    result += code.slice(position, insertion.position) + insertion.text;
    ({ position } = insertion);
  }
  return result + code.slice(position);
}

/** Whether this is the shape rule or the kernel call of a primitive, which may have a cotangent among their inputs. */
function isRunning(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && ['infer', 'forward'].includes(node.name.text);
}

/** Operations that see no more of their operands than which is larger, or which sign they have. */
const comparing = ['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual', 'sign', 'keptShape', 'inferReduced'];

/** Whether a parameter is a cotangent, or a context of which the cotangent is taken. */
function takesCotangent({ parameters }: ts.SignatureDeclaration): boolean {
  const isCotangent = (name: ts.BindingName): boolean => {
    if (ts.isIdentifier(name)) return name.text === 'cotangent';
    return name.elements.some((element) => ts.isBindingElement(element) && isCotangent(element.name));
  };
  return parameters.some(({ name }) => !ts.isPropertyAccessExpression(name) && isCotangent(name));
}

/** Whether the value of an expression is worth changing: what is returned, passed on, or decided by. */
function isValue(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent) && ts.isIdentifier(parent.expression) && comparing.includes(parent.expression.text)) return false;
  if (ts.isNumericLiteral(node)) return !ts.isPrefixUnaryExpression(parent) && !ts.isElementAccessExpression(parent) && !ts.isTypeNode(parent);
  if (ts.isCallExpression(node)) return !ts.isExpressionStatement(parent);
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand);
  if (ts.isConditionalExpression(parent) && parent.condition === node) return true;
  if (!ts.isIdentifier(node) && !ts.isNonNullExpression(node) && !ts.isElementAccessExpression(node)) return false;
  if (ts.isCallExpression(parent)) return parent.arguments.includes(node);
  if (ts.isArrayLiteralExpression(parent)) return true;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isArrowFunction(parent) && parent.body === node;
}
