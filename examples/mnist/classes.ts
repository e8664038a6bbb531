import { basename, resolve } from 'node:path';

/** What each class is called. */
const names = {
  digits: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  /** Of Xiao, Rasul and Vollgraf (2017), whose files are like those of MNIST. */
  fashion: ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'],
} as const;

/** What the images may show. */
export type ClassSet = keyof typeof names;

/** All of them. */
export const classSets = Object.keys(names) as readonly ClassSet[];

/** The images' classes by their names, and what an image is called. */
export interface Classes {
  readonly names: readonly string[];
  readonly plural: string;
}

interface ClassOptions {
  readonly classes?: ClassSet;
  readonly data?: string;
}

/** The classes that the command line asks for; where it does not, those that the folder's name says. */
export function classesOf({ classes, data = '' }: ClassOptions): Classes {
  const set = classes ?? (/fashion/i.test(basename(resolve(data))) ? 'fashion' : 'digits');
  return { names: names[set], plural: set === 'digits' ? 'digits' : 'images' };
}
