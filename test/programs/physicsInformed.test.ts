import { describe, expect, test } from 'vitest';
import { runProgram } from '../runProgram.js';

const errorOf = (out: string) => Number(/largest error (\S+)\n$/.exec(out)![1]);

describe('examples/physicsInformed.ts', () => {
  test('comes nearer to the exact solution the longer it trains, the same for the same seed', async () => {
    const [short, long, again, other] = await Promise.all(
      [['--steps', '20'], ['--steps', '500'], ['--steps', '500'], ['--steps', '20', '--seed', '7']].map((options) =>
        runProgram('physicsInformed.ts', ['--quiet', ...options])),
    );
    expect([long!.code, long!.errors]).toEqual([0, '']);
    expect(again!.out).toBe(long!.out);
    expect(other!.out).not.toBe(short!.out);
    expect(errorOf(short!.out)).toBeGreaterThan(0.3);
    expect(errorOf(long!.out)).toBeLessThan(0.25);
  });

  test('tells how far it is, and draws what it has when Ctrl-C ends it', async () => {
    const { code, out, errors } = await runProgram('physicsInformed.ts', ['--steps', '1000000'], /step +1 /);
    expect([code, errors]).toEqual([130, '']);
    expect(out).toMatch(/^step +1 {3}loss \S+ {3}largest error \S+\n/);
    expect(out).toContain('●');
    expect(errorOf(out)).toBeGreaterThan(0);
  });

  test('says what is wrong with an option', async () => {
    const { code, errors } = await runProgram('physicsInformed.ts', ['--steps', '0']);
    expect(code).toBe(1);
    expect(errors).toMatch(/steps.*0.*integer >= 1/);
  });
});
