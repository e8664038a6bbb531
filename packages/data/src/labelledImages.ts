/** Grey images and their classes, as plain bytes: what an `ImageDataset` is made of. */
export interface LabelledImages {
  /** One byte a pixel, 0 is black; row after row, image after image. */
  readonly images: Uint8Array;
  /** The class of each image, from 0. */
  readonly labels: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** How many classes there are. */
  readonly classes: number;
}
