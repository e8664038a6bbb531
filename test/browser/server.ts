import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A server of files that lie in memory. */
export interface FileServer {
  /** Its address, without a slash at the end. */
  readonly address: string;
  /** What is served from now on, by paths such as `/index.html`, and the headers of every answer. */
  serve(files: (path: string) => string | Uint8Array | undefined, headers: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  let find: Parameters<FileServer['serve']>[0] = () => undefined;
  let always: Readonly<Record<string, string>> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const content = find(path);
    response.writeHead(content === undefined ? 404 : 200, { ...always, 'Content-Type': types[extname(path)] ?? 'text/plain' });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(files, headers) {
      find = files;
      always = headers;
    },
    close: () => new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
}
