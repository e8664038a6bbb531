/** A file of another package: its public face only, which is what a package.json exports. */
const publicFace = '^packages/[^/]+/src/(index|testing|node)[.]ts$';

/** Where code may rely on Node; the rest runs in a browser too. */
const nodeOnly = [
  '^packages/(data|nn)/src/node',
  '^packages/core/src/memory/collector/node',
  '^packages/wasm/src/platform/node',
  '^packages/check/(src|bin)/',
  '^packages/[^/]+/(test|scripts)/',
  '^packages/[^/]+/tsup[.]config[.]ts$',
  '^(examples|scripts|test|bench)/',
  '^[^/]+$',
];

/** The packages of ours that each package may import. */
const mayImport = {
  core: [],
  wasm: ['core'],
  data: ['core'],
  ops: ['core', 'wasm'],
  nn: ['core', 'ops', 'data'],
  check: ['core'],
};

const directions = Object.entries(mayImport).map(([name, allowed]) => ({
  name: `direction-${name}`,
  comment: `Of our packages, ${name} imports ${allowed.join(' and ') || 'none'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'wasm-in-one-file-of-ops',
      comment: 'That ops runs on the wasm backend is decided in installBackend.ts; no primitive knows it.',
      severity: 'error',
      from: { path: '^packages/ops/src/', pathNot: '^packages/ops/src/installBackend[.]ts$' },
      to: { path: '^packages/wasm/' },
    },
    {
      name: 'public-face-only',
      comment: 'A package is imported by the entries of its package.json.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', publicFace] },
    },
    {
      name: 'public-face-only-outside-packages',
      comment: 'A package is imported by the entries of its package.json.',
      severity: 'error',
      from: { path: '^(examples|test|bench|scripts)/' },
      to: { path: '^packages/', pathNot: publicFace },
    },
    {
      name: 'no-circles',
      comment: 'Two files that import each other, if only for a type, are one subject or lack a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'node-only-where-said',
      comment: 'The packages run in a browser; what needs Node stands in the entries @adjoint/data/node and @adjoint/nn/node.',
      severity: 'error',
      from: { pathNot: nodeOnly },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment: 'An import that resolves to no file.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'sources-import-no-tests',
      severity: 'error',
      comment: 'What is published does not rely on what is not.',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^(packages/[^/]+/test|test|examples|bench|scripts)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: ['(^|/)dist/', '^packages/wasm/assembly/'] },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@adjoint/source', 'import', 'default', 'types'] },
  },
};
