/*
 * Tries every mutant of every gradient rule against the gradient properties: `npm run mutation`. A mutant that no
 * property notices is a mistake that could be made unseen, or one that makes no difference.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { reference, withBackend } from '@adjoint/core';
import { assertGradients, type GradientCase } from '@adjoint/core/testing';
import { gradientCases } from '../gradients/cases.js';
import { harmless } from './harmless.js';
import { mutantsMet, withMutant, type Mutant } from './runtime.js';

const seed = 1;

function check(arbitrary: fc.Arbitrary<GradientCase>, numRuns: number): boolean {
  const property = fc.property(arbitrary, (sample) => withBackend(reference, () => assertGradients(sample)));
  return !fc.check(property, { seed, numRuns, endOnFailure: true }).failed;
}

test('every mutant of a gradient rule is noticed', { timeout: 900_000 }, () => {
  const mutants = new Map<string, { readonly mutant: Mutant; readonly cases: string[] }>();
  for (const [name, arbitrary] of Object.entries(gradientCases)) {
    for (const [id, mutant] of mutantsMet(() => expect(check(arbitrary, 30), name).toBe(true))) {
      const known = mutants.get(id) ?? { mutant, cases: [] };
      known.cases.push(name);
      mutants.set(id, known);
    }
  }
  // A property that meets few mutants is about their operation, and quick to notice them.
  const met = new Map<string, number>();
  for (const { cases } of mutants.values()) for (const name of cases) met.set(name, (met.get(name) ?? 0) + 1);
  const survivors: string[] = [];
  for (const [id, { mutant, cases }] of mutants) {
    const byFocus = [...cases].sort((left, right) => met.get(left)! - met.get(right)!);
    const isNoticed = byFocus.some((name) => !withMutant(mutant, () => check(gradientCases[name]!, 60)));
    if (!isNoticed) survivors.push(id);
  }
  const excused = survivors.filter((id) => harmless.some(({ mutant }) => mutant.test(id.slice(id.indexOf(' ') + 1))));
  const unseen = survivors.filter((id) => !excused.includes(id));
  console.log(
    `${mutants.size} mutants of gradient rules: ${mutants.size - survivors.length} noticed, ` +
      `${excused.length} that make no difference, ${unseen.length} not noticed`,
  );
  expect(unseen).toEqual([]);
});
