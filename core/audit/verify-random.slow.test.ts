import { describe, it } from 'node:test';
import { checkFound, checkPlace } from './testing-attacks.ts';

describe('tampering at random, in thousands of cases', () => {
  it('is always found, with care or without', () => checkFound(10_000));

  it('is found where it was done, when it was done once', () => checkPlace(3000));
});
