import { describe, expect, it } from 'vitest';
import { createWasmBackend } from '../src/index.js';
import { profile } from '../src/profile.js';
import { dense, run } from './operands.js';

describe('profile', () => {
  it('names the function of an activation', () => {
    const backend = createWasmBackend({ threads: 1 });
    const report = profile(backend);
    const x = dense('float32', [3], [1, 2, 3]);
    run(backend, [x], 'float32', [3], ([input], out) => backend.activation({ name: 'gelu' }, input!, out));
    run(backend, [x, x], 'float32', [3], ([cotangent, input], out) => backend.activationGradient({ name: 'silu' }, cotangent!, input!, out));
    run(backend, [x], 'float32', [3], ([input], out) => backend.unary('exp', input!, out));
    expect(report()).toMatch(/activation gelu \[3\] \[3\]\n/);
    expect(report()).toMatch(/activationGradient silu \[3\] \[3\] \[3\]\n/);
    expect(report()).toMatch(/unary exp \[3\] \[3\]\n/);
  });
});
