import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LaunchOptions } from 'playwright';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where the browser lies that the tests run in: what `CHROMIUM` says, else the first that is installed. */
function findChromium(): string {
  const setting = process.env.CHROMIUM;
  if (setting !== undefined && setting !== '') {
    if (isExecutable(setting)) return setting;
    throw new Error(`CHROMIUM is '${setting}', which is no program; expected the path of a Chromium or Chrome`);
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  const found = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...elsewhere].find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    'the browser tests need Chromium or Chrome, and none was found. Install one (Debian: apt-get install chromium), '
    + 'or set CHROMIUM to its path. `npm test` needs no browser',
  );
}

/** How a browser is started: the one of this machine, without what it would do by itself. */
export function launchOptions(): LaunchOptions {
  return {
    executablePath: findChromium(),
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  };
}
