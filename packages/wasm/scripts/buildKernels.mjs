/*
 * Compiles assembly/index.ts twice, for engines with and without relaxed SIMD, and embeds both modules, and what a thread
 * runs, in src/generated/kernelBytes.ts. Does nothing when that file was made from the present sources.
 */
import asc from 'assemblyscript/asc';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const packageFolder = join(dirname(script), '..');
const assemblyFolder = join(packageFolder, 'assembly');
const outputFile = join(packageFolder, 'src', 'generated', 'kernelBytes.ts');

const workerFile = join(packageFolder, 'worker', 'threadWorker.js');

const featuresByBuild = { baseline: 'simd,threads', relaxed: 'simd,relaxed-simd,threads' };

async function hashSources() {
  const hash = createHash('sha256').update(asc.version).update(await readFile(script)).update(await readFile(workerFile));
  const names = (await readdir(assemblyFolder)).filter((name) => name.endsWith('.ts')).sort();
  for (const name of names) hash.update(name).update(await readFile(join(assemblyFolder, name)));
  return hash.digest('hex');
}

async function isUpToDate(header) {
  try {
    return (await readFile(outputFile, 'utf8')).startsWith(header);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

async function compile(features) {
  let bytes;
  const options = [
    'index.ts', '--outFile', 'kernels.wasm', '--enable', features, '-O3',
    '--runtime', 'stub', '--importMemory', '--sharedMemory', '--maximumMemory', '65536', '--noAssert',
  ];
  const { error, stderr } = await asc.main(options, {
    readFile: (name) => readFile(join(assemblyFolder, name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) {
    throw new Error(`the kernels (${features}) do not compile\n${stderr.toString()}`, { cause: error });
  }
  return bytes;
}

/** Where the flags of the imported memory are; the loader changes one of them for a memory that is not shared. */
function findMemoryFlags(bytes) {
  const importedMemory = Buffer.from('\x06memory\x02\x03', 'latin1');
  const at = Buffer.from(bytes).indexOf(importedMemory);
  if (at < 0) throw new Error('the kernels import no shared memory');
  return at + importedMemory.length - 1;
}

async function writeAtomically(file, contents) {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, contents);
  await rename(beside, file);
}

async function build() {
  const header = `// Made by scripts/buildKernels.mjs from sources ${await hashSources()}\n`;
  if (await isUpToDate(header)) return;
  let module = header;
  for (const [name, features] of Object.entries(featuresByBuild)) {
    const bytes = await compile(features);
    console.log(`kernels (${name}): ${(bytes.length / 1024).toFixed(1)} KB`);
    const embedded = `{ memoryFlags: ${findMemoryFlags(bytes)}, bytes: '${Buffer.from(bytes).toString('base64')}' }`;
    module += `\nexport const ${name} =\n  ${embedded};\n`;
  }
  module += `\nexport const threadWorker =\n  ${JSON.stringify(await readFile(workerFile, 'utf8'))};\n`;
  await writeAtomically(outputFile, module);
}

try {
  await build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
