/**
 * A list of `Count` elements, whose length the compiler knows where `Count` is a literal up to 64. Of any other number it is an
 * array.
 */
export type Repeated<Element, Count extends number> = number extends Count ? Element[] : Grown<Element, Count, []>;

type Grown<Element, Count extends number, List extends readonly Element[]> =
  List['length'] extends Count ? List : List['length'] extends 64 ? Element[] : Grown<Element, Count, [...List, Element]>;
