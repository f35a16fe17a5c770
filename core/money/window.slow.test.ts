import test from 'node:test';
import { checkAgainstClocks, checkNeighbours } from './testing.ts';

test('windows agree with the clock on the wall, in a thousand cases', () => checkAgainstClocks(1000));

test('windows follow each other without gap or overlap, in thousands of cases', () => checkNeighbours(5000));
