import { endThreads, train } from './train.js';

Object.assign(globalThis, { train, endThreads });
