import { endThreads, train } from './train.js';

addEventListener('message', ({ data }: MessageEvent<'train' | 'endThreads'>) => {
  if (data === 'train') void train().then((training) => postMessage(training));
  else endThreads();
});
