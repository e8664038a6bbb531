/**
 * A list of `Count` elements, whose length the compiler knows if `Count` is a literal up to 64. Any other number gives an array.
 */
export type Repeated<Element, Count extends number, List extends readonly Element[] = []> = number extends Count ? Element[]
  : List['length'] extends Count ? List
    : List['length'] extends 64 ? Element[] : Repeated<Element, Count, [...List, Element]>;
