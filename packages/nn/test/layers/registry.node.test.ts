import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { registeredLayers } from '@adjoint/nn';

const here = fileURLToPath(new URL('.', import.meta.url));
const types = registeredLayers();

test('every layer that a definition can name has the properties of layers tested', () => {
  const tests = readdirSync(here).map((file) => readFileSync(join(here, file), 'utf8')).filter((text) => text.includes('describeLayers({'));
  const cases = tests.flatMap((text) => [...text.slice(text.indexOf('describeLayers({')).matchAll(/^ {2}(\w+): ?/gm)].map(([, name]) => name!));
  expect(types.filter((type) => !cases.includes(type))).toEqual([]);
});

test('every layer that the package exports has a definition', () => {
  const index = readFileSync(join(here, '../../src/index.ts'), 'utf8');
  const exported = [...index.matchAll(/export \{([^}]*)\} from '\.\/layers\//g)].flatMap(([, names]) => names!.split(',')).map((name) => name.trim());
  const withoutDefinition = ['lambda', 'layer', 'rotatePositions'];
  expect(exported.filter((name) => name !== '' && !name.startsWith('type ') && ![...types, ...withoutDefinition].includes(name))).toEqual([]);
});

test('the guide has every layer in its tables, once', () => {
  const guide = readFileSync(join(here, '../../../../docs/layers.md'), 'utf8');
  const rows = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect([...rows].sort()).toEqual([...types, 'lambda', 'layer'].sort());
});
