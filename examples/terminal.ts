import { stripVTControlCharacters } from 'node:util';

/** The columns of the terminal; Infinity where the output goes elsewhere. */
export const columns = process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;

/** Breaks lines at spaces, so that the terminal does not break them anywhere; words that are longer than a line are broken too. */
export function wrap(text: string, width = columns): string {
  return text.split('\n').map((line) => wrapLine(line, width)).join('\n');
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').flatMap((each) => pieces(each, width))) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (stripVTControlCharacters(longer).length <= width || current === '') {
      current = longer;
    } else {
      lines.push(current.trimEnd());
      current = word;
    }
  }
  return [...lines, current].join('\n');
}

function pieces(word: string, width: number): string[] {
  if (stripVTControlCharacters(word).length <= width) return [word];
  return Array.from({ length: Math.ceil(word.length / width) }, (_, index) => word.slice(index * width, (index + 1) * width));
}

/** Cuts each line, which holds no control characters, to the width. */
export function cut(text: string, width = columns): string {
  return text.split('\n').map((line) => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line)).join('\n');
}

/** A number of things, as people write it. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
