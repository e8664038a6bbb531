import type { MnistDataset } from '@adjoint/data';
import { readMnistFolder, readMnistPackage } from '@adjoint/data/node';
import type { MnistOptions } from './options.js';

/** The digits that the command line asks for. */
export function readDigits({ data }: MnistOptions): Promise<MnistDataset> {
  return data === undefined ? readMnistPackage() : readMnistFolder(data);
}
