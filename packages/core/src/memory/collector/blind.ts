import type { BlindCollector } from './collector.js';

/** Chrome, and every browser with its engine, says so. Chrome on iOS, which has Safari's engine, calls itself differently. */
const isV8 = (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent?.includes('Chrome/') ?? false;

/**
 * V8 collects all garbage before its buffers exceed what lived by half of its heap's limit, which is 4 GiB at most. It leaves the pages of a new buffer
 * untouched, so these cost address space for a moment. They are held until the last is made: otherwise V8 collects young objects only, which frees these
 * alone. JavaScriptCore writes zeros to new buffers, so there this must be little; it counts the bytes of buffers as well.
 */
const [count, byteLength] = isV8 ? [3, 1 << 30] : [1, 32 << 20];

/** Where only finalizers tell what was collected. */
export const blind: BlindCollector = {
  tells: false,
  press() {
    const buffers: ArrayBuffer[] = [];
    try {
      while (buffers.length < count) buffers.push(new ArrayBuffer(byteLength));
    } catch (error) {
      // Where the system refuses a buffer, engines have collected all garbage before they gave up.
      if (!(error instanceof RangeError)) throw error;
    }
  },
};
