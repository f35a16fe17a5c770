/**
 * What an image can cost. Source: OpenAI, "Images and vision", Calculating costs: high detail is at most 1,536 patches of
 * 32 × 32 pixels × 2.46 (gpt-4.1-nano) or 85 + 170 a tile (gpt-4o: 1,445); `original` detail has up to 10,000 patches
 * (gpt-5.4 and later); gpt-4o-mini counts 2,833 + 5,667 a tile, at most eight tiles: 48,169.
 */

/** Tokens of one image, for most models. */
export const PER_IMAGE = 12_000;

/** gpt-4o-mini's images count as so many. */
const OF_4O_MINI = 5;

/** @returns as how many images of PER_IMAGE tokens one image counts with this model */
export function imageWeight(model: string): number {
  return model.toLowerCase().includes('4o-mini') ? OF_4O_MINI : 1;
}
