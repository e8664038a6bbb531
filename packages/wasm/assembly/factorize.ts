/* The decompositions by number; each has a file of its own. */
import { cholesky, choleskyScratch } from './cholesky';
import { eigh, eighScratch } from './eigh';
import { lu, luScratch } from './lu';
import { qr, qrScratch } from './qr';
import { svd, svdScratch } from './svd';
import { ownScratch } from './thread';

/** Bytes of scratch on each thread for a matrix. */
export function factorizeScratchBytes(operation: i32, rows: i32, columns: i32): i32 {
  let elements = 0;
  switch (operation) {
    case 0: elements = choleskyScratch(rows); break;
    case 1: elements = luScratch(rows); break;
    case 2: elements = qrScratch(columns); break;
    case 3: elements = eighScratch(rows); break;
    case 4: elements = svdScratch(rows, columns); break;
  }
  return (elements * 8 + 127) & ~63;
}

function factorizeOne<T>(operation: i32, a: usize, rows: i32, columns: i32, scratch: usize, gemmScratch: usize): void {
  switch (operation) {
    case 0: return cholesky<T>(a, rows, scratch, gemmScratch);
    case 1: return lu<T>(a, rows, scratch, gemmScratch);
    case 2: return qr<T>(a, rows, columns, scratch);
    case 3: return eigh<T>(a, rows, scratch);
    case 4: return svd<T>(a, rows, columns, scratch, gemmScratch);
  }
}

/** Replaces `count` matrices, `matrixBytes` apart and each in its place among its factors, by their factors. */
export function factorize(
  operation: i32, dtype: i32, a: usize, count: i32, matrixBytes: usize, rows: i32, columns: i32,
  scratch: usize, scratchBytes: i32, gemmScratch: usize,
): void {
  scratch = ownScratch(scratch, scratchBytes);
  for (; count > 0; count--, a += matrixBytes) {
    if (dtype == 2) factorizeOne<f32>(operation, a, rows, columns, scratch, gemmScratch);
    else factorizeOne<f64>(operation, a, rows, columns, scratch, gemmScratch);
  }
}
