import { lockRun } from '../../src/node/runLock.js';

/* Claims a folder, says whether it got it, and keeps it until its input ends: node claim.ts FOLDER */
process.stdout.write('ready\n');
process.stdin.once('data', () => {
  lockRun(process.argv[2]!).then(
    (release) => {
      process.stdout.write('held\n');
      process.stdin.once('end', () => void release());
    },
    (error: unknown) => process.stdout.write(`${String(error)}\n`),
  );
});
