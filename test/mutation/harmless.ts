/** Mutants that change no derivative, and why. */
export interface Harmless {
  /** Of the mutant's text behind file, line and column, as those move. */
  readonly mutant: RegExp;
  readonly reason: string;
}

/** The mutants that cannot be noticed. */
export const harmless: readonly Harmless[] = [
  { mutant: /^axes in (sum|spread|flip)\(.* in reverse$/, reason: 'The axes are a set.' },
  { mutant: /^mul\(cotangent, sign\(input\)\) .* its counterpart$/, reason: 'A product with 1 or -1 is a quotient by it.' },
  {
    mutant: /^(input|output|left|right|1|hypot\(left, right\)) in (square|hypot|cos|cosh|reciprocalCosineOfAsin|perSquaredLength)\(.* other sign$/,
    reason: 'The function is even.',
  },
  { mutant: /^output!? in (reluGradient\(|apply\(reluGradientPrimitive).* factor 1.5$/, reason: 'Only the sign is looked at.' },
  { mutant: /^input! in apply\((scatter|gather)Primitive.* factor 1.5$/, reason: 'Where the maxima lie stays.' },
  { mutant: /^div\(cotangent, sum\(winners, .* its counterpart$/, reason: 'Without ties there is one winner, and the properties have none.' },
  { mutant: /^cast\(equal\(input!, reshape\(output, .* (other sign|factor 1.5)$/, reason: 'The mask is divided by its own sum.' },
  { mutant: /^0 in where\(flat, 0, .*(one more|other sign)$/, reason: 'The exponent of a factor whose other factor is 0.' },
  { mutant: /^(input!|x) in (apply\(gradientPrimitive, \[cotangent, input!\]|gradientFormula\().* other sign$/, reason: 'The Jacobian of standardize is even.' },
  { mutant: /^(output|right) in apply\(tanhGradientPrimitive.* other sign$/, reason: 'The square of the output is taken.' },
  { mutant: /^constants in curvature\(.* in reverse$/, reason: 'A curvature has the product of both constants.' },
  { mutant: /^output in partsOf\(output\) .* other sign$/, reason: 'With values and vectors negated, the rule has the sign twice.' },
  { mutant: /^(values|s) in identityLike\(/, reason: 'Only the type is looked at.' },
  { mutant: /^[01] in where\(greater\(left, 0\), .*(one more|other sign)$/, reason: 'A value that is not taken, or whose gradient is not.' },
  { mutant: /^output in partsOf\(output\) .* other sign$/, reason: 'The rules of eigh and svd are even in values and vectors together.' },
];
