/** A name for something of a type among others: the type, with a number where that is taken. */
export function freeName(type: string, taken: ReadonlySet<string>): string {
  let name = type;
  for (let number = 1; taken.has(name); number++) name = `${type}_${number}`;
  return name;
}
