import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** tfjs on a backend, without its greeting. */
export async function loadTensorflow(backend) {
  const require = createRequire(import.meta.url);
  const warn = console.warn;
  console.warn = () => undefined;
  const tf = require('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '.')}/`);
  }
  await tf.setBackend(backend);
  await tf.ready();
  console.warn = warn;
  return tf;
}

/** Why tfjs could not: mostly, that a backend has no such kernel. */
export function missingKernel(error) {
  const missing = /Kernel '(\w+)' not registered/.exec(String(error));
  return missing === null ? String(error.message).split('\n')[0].slice(0, 80) : `cannot: no ${missing[1]}`;
}
