/**
 * Makes a function that names things by their types: the type, with a number where that is taken. It remembers the numbers, so that
 * many things of one type take linear time.
 *
 * @param given - names that are taken from the start.
 */
export function makeNamer(given: Iterable<string> = []): (type: string) => string {
  const taken = new Set(given);
  const numbers = new Map<string, number>();
  return (type) => {
    let number = numbers.get(type) ?? 0;
    const nameAt = () => (number === 0 ? type : `${type}_${number}`);
    while (taken.has(nameAt())) number++;
    const name = nameAt();
    numbers.set(type, number + 1);
    taken.add(name);
    return name;
  };
}
