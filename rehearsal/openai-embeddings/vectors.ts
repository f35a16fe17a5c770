/** Vectors that stand for an input. */
import { createHash } from 'node:crypto';

/**
 * A vector that always is the same for the same input: of length 1, with whole parts of 32 bits. Texts that are alike
 * have nothing in common here.
 * @param input text, or tokens
 */
export function vectorOf(model: string, input: string | readonly number[], dimensions: number): Float32Array {
  const seed = createHash('sha256')
    .update(JSON.stringify([model, input]))
    .digest();
  const parts: number[] = [];
  for (let block = 0; parts.length < dimensions; block++) {
    const bytes = createHash('sha256').update(seed).update(String(block)).digest();
    for (let at = 0; at < bytes.length; at += 2) parts.push(bytes.readInt16LE(at) / 32_768);
  }
  const raw = parts.slice(0, dimensions);
  const length = Math.hypot(...raw) || 1;
  return Float32Array.from(raw, (part) => part / length);
}

/** As JSON has it: a list of numbers, or its bytes (little-endian) in base64. */
export function encodeVector(vector: Float32Array, format: 'float' | 'base64'): number[] | string {
  if (format === 'base64') {
    const bytes = Buffer.alloc(vector.length * 4);
    for (const [index, part] of vector.entries()) bytes.writeFloatLE(part, index * 4);
    return bytes.toString('base64');
  }
  // Nine digits are enough for 32 bits.
  return Array.from(vector, (part) => Number(part.toPrecision(9)));
}
