import type { BlindCollector } from './collector.js';

/** Where only finalizers tell what was collected. */
export const blind: BlindCollector = {
  tells: false,
  /**
   * V8 collects all garbage before its buffers exceed what lived by half of its heap's limit, which is 4 GiB at most. The pages of these are never touched,
   * so they cost address space for a moment. They are held until the last is made: otherwise V8 collects young objects only, which frees these alone.
   */
  press() {
    const buffers: ArrayBuffer[] = [];
    try {
      while (buffers.length < 3) buffers.push(new ArrayBuffer(1 << 30));
    } catch (error) {
      // Where the system refuses a buffer, engines have collected all garbage before they gave up.
      if (!(error instanceof RangeError)) throw error;
    }
  },
};
