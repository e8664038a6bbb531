/**
 * What JSON text says, for headers of files: only whole numbers from 0, no name twice in an object, and no deep nesting,
 * which `JSON.parse` would let pass.
 *
 * @throws `SyntaxError` that says what is wrong.
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  checkTokens(text, maxDepth);
  return JSON.parse(text) as unknown;
}

/** Walks over the tokens; whether they stand in the right order is left to `JSON.parse`. */
function checkTokens(text: string, maxDepth: number): void {
  /** The names in each object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  const number = /[-+.\w]+/y;
  const colon = /\s*:/y;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      if (open.length > maxDepth) throw new SyntaxError(`the nesting is deeper than ${maxDepth} at character ${at}`);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      colon.lastIndex = end;
      if (colon.test(text)) addName(open.at(-1), JSON.parse(text.slice(at, end)) as string);
      at = end - 1;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      number.lastIndex = at;
      const [token] = number.exec(text)!;
      if (!/^\d+$/.test(token)) throw new SyntaxError(`the number ${shorten(token)} at character ${at} is not an integer >= 0`);
      at += token.length - 1;
    }
  }
}

function addName(names: Set<string> | null | undefined, name: string): void {
  if (names?.has(name)) throw new SyntaxError(`the name ${show(name)} stands twice in an object`);
  names?.add(name);
}

/** Behind the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new SyntaxError(`the string at character ${start} does not end`);
}

/** A value of a file as a message can have it. */
export function show(value: unknown): string {
  return value === undefined ? 'missing' : shorten(JSON.stringify(value));
}

/** A text of a file, which may be of any length, as a message can have it. */
export function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
