/**
 * Tokens of one image, for most models. Source: OpenAI, "Images and vision", Calculating costs: high detail is at most 1,536
 * patches of 32 × 32 pixels × 2.46 (gpt-4.1-nano) or 85 + 170 a tile (gpt-4o: 1,445); `original` detail has up to 10,000
 * patches (gpt-5.4 and later), × 1.2 at most. ../bound.ts has the models that count more.
 */
export const PER_IMAGE = 12_000;
