/** Where a program called Adjoint. */
export interface CallSite {
  /** The function of Adjoint that was called, as `zeros`; empty where the engine doesn't tell. */
  readonly call: string;
  /** The frames of the caller, innermost first, as `train (file:///app/train.js:12:5)`. Frames of Adjoint and of the engine are left out. */
  readonly stack: readonly string[];
}

/** The engine's own limit, 10 frames, can be too few to leave the library. */
const mostFrames = 100;

const packages = 'core|ops|nn|wasm|data';
const installed = new RegExp(`/@adjoint[/+_](?:${packages})\\b`);
const sibling = new RegExp(`^/(?:${packages})/(?:src|dist)/`);

/**
 * Reads the call stack, without the frames up to `inner` where the engine can leave them out. As text, because an `Error` whose stack was not
 * read yet keeps the functions and receivers of its frames alive.
 */
export function captureStack(inner: (new (...args: never) => object) | null): string {
  const engine = Error as { stackTraceLimit?: unknown; captureStackTrace?: (holder: object, inner: unknown) => void };
  const limit = engine.stackTraceLimit;
  const raises = typeof limit === 'number' && limit < mostFrames && Reflect.set(engine, 'stackTraceLimit', mostFrames);
  try {
    const holder: { stack?: unknown } = inner === null || engine.captureStackTrace === undefined ? new Error() : {};
    if (inner !== null) engine.captureStackTrace?.(holder, inner);
    return typeof holder.stack === 'string' ? holder.stack : '';
  } catch {
    // A program can replace how stacks are formatted.
    return '';
  } finally {
    if (raises) Reflect.set(engine, 'stackTraceLimit', limit);
  }
}

/** Finds the caller of Adjoint in a stack. In a bundle, where its frames can't be told from the caller's, all frames stay. */
export function readCallSite(stack: string): CallSite {
  const frames = framesOf(stack).filter((frame) => !isEngine(locationOf(frame)));
  const caller = frames.findIndex((frame) => !isAdjoint(locationOf(frame)));
  if (caller === -1) return { call: '', stack: frames };
  return {
    call: caller === 0 ? '' : functionName(frames[caller - 1]!),
    stack: frames.slice(caller).filter((frame) => !isAdjoint(locationOf(frame))),
  };
}

/** The frames in the form of V8, `name (location)` or `location`; Firefox and Safari write `name@location`. */
function framesOf(stack: string): string[] {
  return stack.split('\n').flatMap((line) => {
    const text = line.trim();
    if (text.startsWith('at ')) return [text.slice('at '.length)];
    const [, name, location] = /^([^@]*)@(.+)$/.exec(text) ?? [];
    if (location === undefined) return [];
    return [name === '' ? location : `${name!.replace('async*', 'async ')} (${location})`];
  });
}

/** The file, line and column of a frame, on every system in the same form. */
function locationOf(frame: string): string {
  const location = /^[^(]*\((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^async /, '');
  return location.replaceAll('\\', '/').replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '');
}

function isEngine(location: string): boolean {
  return location.startsWith('node:') || /^(?:<anonymous>|native|\[native code\]|index \d+)$/.test(location);
}

function isAdjoint(location: string): boolean {
  if (installed.test(location)) return true;
  if (home.folder !== null && location.startsWith(home.folder) && sibling.test(location.slice(home.folder.length))) return true;
  return home.file !== null && location.startsWith(home.file);
}

/** Without what tells how it was called: `Module.zeros` is `zeros`, `async fit` is `fit`. */
function functionName(frame: string): string {
  const name = /^(.*?) (?:\[as .*\] )?\(.*\)$/.exec(frame)?.[1] ?? '';
  return name.replace(/^async /, '').replace(/^(?:Module|Object|exports)\./, '').replace(/^<anonymous>$|^anonymous$/, '');
}

/** Where this package is: the folder of all packages, and, where a bundler put them together apart from the program, the file. */
const home = findHome(framesOf(captureStack(null))[0] ?? '');

function findHome(frame: string): { readonly folder: string | null; readonly file: string | null } {
  const location = locationOf(frame);
  const folder = /^(.*)\/core\/(?:src|dist)\//.exec(location)?.[1] ?? null;
  const file = folder === null && location.includes('/node_modules/') ? location.replace(/(?::\d+)*$/, ':') : null;
  return { folder, file };
}
