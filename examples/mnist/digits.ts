import type { MnistDataset } from '@adjoint/data';
import { downloadMnist, readMnistFolder, readMnistPackage } from '@adjoint/data/node';
import type { MnistOptions } from './options.js';

/** The digits that the command line asks for. */
export async function readDigits({ data, download }: MnistOptions, signal: AbortSignal): Promise<MnistDataset> {
  if (data !== undefined) return readMnistFolder(data);
  return download === true ? readMnistFolder(await fetchDigits(signal)) : readMnistPackage();
}

/** Tells of each file as it begins to come. */
function fetchDigits(signal: AbortSignal): Promise<string> {
  let coming = '';
  return downloadMnist({
    signal,
    onProgress: ({ file: { name, byteLength } }) => {
      if (name === coming) return;
      coming = name;
      console.log(`Fetching ${name} (${(byteLength / 1e6).toFixed(1)} MB)`);
    },
  });
}
