import { isCollection } from 'immutable';
import ts from 'typescript';
import { Tensor } from '@adjoint/core';

/** What the comment behind an expression says of it. */
export type Expectation =
  | { readonly kind: 'value'; readonly value: unknown }
  /** A typed array, by the name of its class. */
  | { readonly kind: 'typedArray'; readonly name: string; readonly elements: readonly unknown[] }
  | { readonly kind: 'throws'; readonly name: string; readonly message: string };

/** Numbers of float32 tensors are compared in the precision in which people write them down. */
const tolerance = 1e-6;

/**
 * Reads a comment's text. One that is no literal is prose, and gives null.
 *
 * @throws Error where it begins as a value does but is none: it would look checked without being so.
 */
export function parseExpectation(comment: string): Expectation | null {
  const error = /^throws (\w+)(?:: (.*))?$/.exec(comment);
  if (error) return { kind: 'throws', name: error[1]!, message: error[2] ?? '' };
  const typedArray = /^(\w+Array)(?:\(\d+\))? (\[.*\])$/.exec(comment);
  const literal = parseLiteral(typedArray ? typedArray[2]! : comment);
  if (literal !== null) {
    return typedArray
      ? { kind: 'typedArray', name: typedArray[1]!, elements: literal.value as unknown[] }
      : { kind: 'value', value: literal.value };
  }
  if (/^(-?\d|['"]|\[+-?\d)/.test(comment)) throw new Error(`'${comment}' begins as a value but is no literal`);
  return null;
}

/** The value of a JavaScript literal; in an object, so that `null` can be one. */
function parseLiteral(text: string): { value: unknown } | null {
  const { statements, ...file } = ts.createSourceFile('comment.ts', `(${text}\n)`, ts.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics: readonly ts.Diagnostic[];
  };
  const [statement] = statements;
  if (statements.length !== 1 || file.parseDiagnostics.length > 0 || !ts.isExpressionStatement(statement!)) return null;
  try {
    return { value: literalValue(statement.expression) };
  } catch {
    return null;
  }
}

const named = new Map<string, unknown>([['undefined', undefined], ['NaN', NaN], ['Infinity', Infinity]]);

function literalValue(node: ts.Expression): unknown {
  if (ts.isParenthesizedExpression(node)) return literalValue(node.expression);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteral(node)) return node.text;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isIdentifier(node) && named.has(node.text)) return named.get(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    return -(literalValue(node.operand) as number);
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literalValue);
  if (ts.isObjectLiteralExpression(node)) {
    return Object.fromEntries(node.properties.map((property) => {
      if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name)) throw new Error('no literal');
      return [property.name.text, literalValue(property.initializer)];
    }));
  }
  throw new Error('no literal');
}

/** A value as literals can say it: tensors and Immutable collections become arrays and objects. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return value.toArray();
  if (isCollection(value)) return plain(value.toJS());
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  }
  return value;
}

function matches(actual: unknown, expected: unknown): boolean {
  if (typeof actual === 'number' && typeof expected === 'number') {
    return Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.length === expected.length && expected.every((element, index) => matches(actual[index], element));
  }
  if (isObject(actual) && isObject(expected)) {
    const names = Object.keys(expected);
    return Object.keys(actual).length === names.length && names.every((name) => matches(actual[name], expected[name]));
  }
  return actual === expected;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What is wrong with the value of an expression, or null. */
export function mismatch(value: unknown, expectation: Expectation): string | null {
  const actual = plain(value);
  if (expectation.kind === 'throws') return `${describe(actual)}, and threw no ${expectation.name}`;
  const fits =
    expectation.kind === 'value'
      ? matches(actual, expectation.value)
      : ArrayBuffer.isView(actual) &&
        actual.constructor.name === expectation.name &&
        matches(Array.from(actual as Float32Array), expectation.elements);
  return fits ? null : describe(actual);
}

/** What is wrong with the error that an expression threw, or null. */
export function errorMismatch(error: unknown, expectation: Expectation): string | null {
  const { name, message } = error as Error;
  const fits = expectation.kind === 'throws' && name === expectation.name && message.startsWith(expectation.message);
  return fits ? null : `threw ${name}: ${message}`;
}

function describe(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${JSON.stringify(Array.from(value as Float32Array))}`;
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
