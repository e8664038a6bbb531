import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultBackend, setDefaultBackend } from '@adjoint/core';
import '@adjoint/ops';
import type ts from 'typescript';
import { collectExamples, packageEntries } from './collect.js';
import { createExampleProgram, typeErrors, undocumentedFunctions } from './program.js';
import { runExample } from './run.js';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const examples = collectExamples(root);
const entries = packageEntries(root);

describe('the documentation', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = createExampleProgram(root, examples, entries);
  });

  it.each(entries)('tells of every function of %s', (entry) => {
    expect(undocumentedFunctions(program, entry)).toEqual([]);
  });

  it.each(examples.map((example) => ({ example, place: `${example.file}:${example.line}` })))('has a true example at $place', async ({ example }) => {
    expect(typeErrors(program, root, example)).toEqual([]);
    const backend = defaultBackend();
    try {
      expect(await runExample(example.code)).toEqual([]);
    } finally {
      setDefaultBackend(backend);
    }
  });
});
