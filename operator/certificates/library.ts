/** The library that makes certificates. Imported as a whole from here: a bundler finds the names of a CommonJS module so. */
import './reflect.ts';
import * as x509 from '@peculiar/x509';

export { x509 };
