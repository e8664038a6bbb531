/* Programs without scopes and disposals, in pages: memory stays within 512 MB and three times what is alive. */
import { readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limitOf } from '../memory/limit.js';
import { launchOptions } from './chromium.js';
import { isolationHeaders } from './isolation.js';
import type { runInPage as RunInPage } from './page/memory.js';
import { script } from './script.js';
import { startFileServer, type FileServer } from './server.js';

declare const runInPage: typeof RunInPage;

let server: FileServer;
let files: Record<string, string>;

beforeAll(async () => {
  files = {
    '/memory.html': '<!doctype html><script type="module" src="/memory.js"></script>',
    '/memory.js': await script({ source: "import './memory.js';", packages: 'bundle' }),
  };
  server = await startFileServer();
});

afterAll(() => server?.close());

/** The most that was resident of any process that ran pages; null where the system does not tell. */
async function rendererPeak(browser: Browser): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const peaks = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => {
    const mark = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'));
    return Number(mark![1]) * 1024;
  });
  expect(peaks).not.toEqual([]);
  return Math.max(...peaks);
}

/** How many steps of each program make more bytes than it may have. */
const programs: Readonly<Record<string, number>> = {
  'elementwise, 16 MB, sync': 50,
  'Adam, 102 k parameters, sync': 500,
  'Adam, 1.9 M parameters, await': 25,
  'Adam, 1.9 M parameters, setTimeout': 40,
  '3,000 scalars a step, sync': 250,
  'loop in grad, nothing to keep, sync': 2,
};
const pages = [{ page: 'isolated', headers: isolationHeaders }, { page: 'not isolated', headers: {} }];

test.each(Object.entries(programs).flatMap(([name, steps]) => pages.map((page) => ({ name, steps, ...page }))))('$name, $page', async ({ name, steps, headers }) => {
  // A browser for each, since a renderer's mark of the most memory stays.
  const browser = await chromium.launch(launchOptions());
  try {
    server.serve((path) => files[path], headers);
    const page = await browser.newPage();
    await page.goto(`${server.address}/memory.html`);
    await page.waitForFunction(() => 'runInPage' in globalThis);
    const outcome = await page.evaluate(([program, count]) => runInPage(program, 'plain', count), [name, steps] as const);
    const limit = limitOf(outcome);
    expect(outcome.steps).toBe(steps);
    expect(outcome.countedBytes).toBeLessThanOrEqual(limit);
    expect(outcome.reservedBytes).toBeLessThanOrEqual(limit);
    const peak = await rendererPeak(browser);
    if (peak !== null) expect(peak).toBeLessThanOrEqual(limit);
  } finally {
    await browser.close();
  }
}, 120_000);
