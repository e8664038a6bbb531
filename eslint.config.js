import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const defaultExport = {
  selector: ':matches(ExportDefaultDeclaration, ExportSpecifier[exported.name="default"])',
  message: 'Export by name: a default export has another name in every file that imports it.',
};

export default tseslint.config(
  {
    // AssemblyScript looks like TypeScript, but has its own types and compiler.
    ignores: ['packages/wasm/assembly/', 'packages/wasm/build/', '**/generated/', '**/dist/', 'docs/api/', 'coverage/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      // Constants stand with all the digits that their source prints.
      'no-loss-of-precision': 'off',
      // `async` also turns what is thrown into a rejection, which a contract that gives promises asks for.
      '@typescript-eslint/require-await': 'off',
      // An index in an inner loop is in range by the loop's bounds; `!` says so where noUncheckedIndexedAccess cannot know.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `() => close()` reads well where a callback's result is not used.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A family of kernels or errors may have no member of its own.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // Callers without the compiler pass what the types forbid; a check at the border is not unnecessary.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A type parameter that occurs once can still fix what a caller writes, as in `Key<'dropout'>`.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['**/*.{ts,js,mjs,cjs}'],
    ignores: ['**/*.config.{ts,js}', '*.base.ts'],
    rules: { 'no-restricted-syntax': ['error', defaultExport] },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['Buffer', 'URL', 'console', 'fetch', 'process', 'setTimeout', 'WebAssembly', 'performance', 'require', 'module'].map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
);
