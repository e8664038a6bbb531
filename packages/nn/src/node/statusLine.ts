/** Milliseconds between two changes of the line: faster ones can't be read. */
const interval = 100;
const escape = '\u001b[';

/** The last line of a terminal, which is written over as often as it changes. */
export class StatusLine {
  private text = '';
  private isShown = false;
  private writtenAt = -Infinity;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** Replaces the line, which must fit the terminal. */
  show(text: string): void {
    this.text = text;
    if (performance.now() - this.writtenAt >= interval) this.write();
  }

  /** Shows the last text, and then removes the line. */
  clear(): void {
    if (!this.isShown) return;
    this.write();
    this.isShown = false;
    this.writtenAt = -Infinity;
    this.stream.write(`\r${escape}K${escape}?25h`);
  }

  private write(): void {
    // The cursor would flicker.
    this.stream.write(`${this.isShown ? '' : `${escape}?25l`}\r${this.text}${escape}K`);
    this.isShown = true;
    this.writtenAt = performance.now();
  }
}
