/* The packages in pages, as `npm run build` has made them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchOptions } from './chromium.js';
import { isolationHeaders } from './isolation.js';
import { script } from './script.js';
import type { endThreads as EndThreads, train as Train, Training } from './page/train.js';
import { startFileServer, type FileServer } from './server.js';

declare const train: typeof Train;
declare const endThreads: typeof EndThreads;
declare const reportError: (message: string) => void;
declare const trainer: Worker;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page of docs/browser.md that needs no bundler. */
function documentedPage(): string {
  const [, html] = /```html\n(.*?)```/s.exec(readFileSync(join(root, 'docs/browser.md'), 'utf8'))!;
  return html!;
}

let files: Record<string, string>;
let server: FileServer;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  const [main, external, worker] = await Promise.all([
    script({ source: "import './main.js';", packages: 'bundle' }),
    script({ source: "import './main.js';", packages: 'external' }),
    script({ source: "import './worker.js';", packages: 'bundle' }),
  ]);
  files = {
    '/bundled.html': '<!doctype html><script type="module" src="/main.js"></script>',
    '/unbundled.html': documentedPage().replace('/main.js', '/external.js'),
    '/empty.html': '<!doctype html>',
    '/main.js': main, '/external.js': external, '/worker.js': worker,
  };
  server = await startFileServer();
  browser = await chromium.launch(launchOptions());
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  page = await browser.newPage();
  errors = [];
  await page.exposeFunction('reportError', (message: string) => errors.push(message));
  await page.addInitScript(() => addEventListener('error', ({ message }) => reportError(message)));
});

afterEach(() => page.close());

async function open(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const installed = (name: string): Uint8Array | undefined =>
    name.startsWith('/node_modules/') ? readFileSync(join(root, name)) : undefined;
  server.serve((name) => files[name] ?? installed(name), headers);
  await page.goto(`${server.address}${path}`);
}

/** Waits until the page has so many workers, its workers' own included. */
async function expectWorkers(count: number): Promise<void> {
  await vi.waitFor(() => expect(page.workers()).toHaveLength(count), { timeout: 10_000 });
}

test('the packages bundle for a browser: nothing of Node, nothing left to import', async () => {
  const { metafile, warnings } = await build({
    stdin: { contents: ['core', 'wasm', 'ops', 'nn', 'data'].map((name) => `export * as ${name} from '@adjoint/${name}';`).join('\n'), resolveDir: root },
    bundle: true, write: false, metafile: true, platform: 'browser', format: 'esm', outfile: 'all.js', tsconfigRaw: {},
  });
  expect(warnings).toEqual([]);
  expect(metafile.outputs['all.js']!.imports).toEqual([]);
  const read = Object.keys(metafile.inputs).filter((path) => path.startsWith('packages/'));
  expect(read).toContain('packages/wasm/dist/platform/browser.js');
  expect(read.filter((path) => !/^packages\/\w+\/dist\//.test(path) || path.includes('node'))).toEqual([]);
});

describe('training', () => {
  /** What every page must come to: bit for bit the same, with threads and without. */
  let expected: readonly number[];

  beforeAll(async () => {
    page = await browser.newPage();
    await open('/bundled.html', {});
    expected = (await page.evaluate(() => train())).losses;
    await page.close();
  });

  afterEach(() => expect(errors).toEqual([]));

  test('the loss falls', () => {
    expect(expected).toHaveLength(30);
    expect(expected[29]).toBeLessThan(expected[0]! / 2);
  });

  test.each(['/bundled.html', '/unbundled.html'])('%s, isolated: threads work, and end', async (path) => {
    await open(path, isolationHeaders);
    const { isIsolated, processors, threads, losses } = await page.evaluate(() => train());
    expect(isIsolated).toBe(true);
    expect(threads).toEqual([Math.min(processors, 64), 3]);
    expect(losses).toEqual(expected);
    await expectWorkers(2);
    await page.evaluate(() => endThreads());
    await expectWorkers(0);
  });

  test.each(['/bundled.html', '/unbundled.html'])('%s, not isolated: one thread, the same losses', async (path) => {
    await open(path, {});
    const { isIsolated, threads, losses } = await page.evaluate(() => train());
    expect(isIsolated).toBe(false);
    expect(threads).toEqual([1, 1]);
    expect(losses).toEqual(expected);
    await expectWorkers(0);
  });

  test.each([
    { name: 'isolated', headers: isolationHeaders, threads: 3 },
    { name: 'not isolated', headers: {}, threads: 1 },
  ])('in a worker of a page, $name: as in the page itself', async ({ headers, threads }) => {
    await open('/empty.html', headers);
    const training = await page.evaluate(() => new Promise<Training>((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data as Training);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage('train');
      Object.assign(globalThis, { trainer: worker });
    }));
    expect(training.threads[1]).toBe(threads);
    expect(training.losses).toEqual(expected);
    await expectWorkers(threads);
    await page.evaluate(() => trainer.postMessage('endThreads'));
    await expectWorkers(1);
  });

  test('under a policy that forbids workers from blobs, the host does all', async () => {
    await open('/bundled.html', { ...isolationHeaders, 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'" });
    const { threads, losses } = await page.evaluate(() => train());
    expect(threads[1]).toBe(3);
    expect(losses).toEqual(expected);
    await expectWorkers(0);
  });

  test('with a policy that allows them, threads start', async () => {
    await open('/bundled.html', { ...isolationHeaders, 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:" });
    expect((await page.evaluate(() => train())).losses).toEqual(expected);
    await expectWorkers(2);
  });

  test('of threads that fail when they start, the host does the work, and the page sees no error', async () => {
    await page.addInitScript(() => {
      globalThis.Blob = class extends Blob {
        constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
          super(['throw new Error("no thread");', ...parts], options);
        }
      };
    });
    await open('/bundled.html', isolationHeaders);
    expect((await page.evaluate(() => train())).losses).toEqual(expected);
  });
});

test('a policy that forbids WebAssembly is an error at import', async () => {
  await open('/bundled.html', { 'Content-Security-Policy': "script-src 'self'" });
  expect(errors).toEqual([expect.stringMatching(/unsafe-eval/)]);
});
