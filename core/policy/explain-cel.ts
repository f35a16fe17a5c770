/** What a CEL engine says about an expression → a sentence for its author. */
import { Environment } from '@marcbachmann/cel-js';
import { nearest } from './problem.ts';

/** Names of tokens in the engine's messages. */
const TOKENS: Readonly<Record<string, string>> = {
  EOF: 'the end',
  NUMBER: 'a number',
  STRING: 'a text',
  BOOLEAN: 'true or false',
  IDENTIFIER: 'a name',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  DOT: '"."',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
  IN: '"in"',
  EQ: '"=="',
  NE: '"!="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
};

/** @returns the engine's message in words that need no knowledge of the engine; others as they are */
export function explainCel(message: string, environment: Environment): string {
  const [, receiver, name = '', given = ''] =
    /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(message) ?? [];
  if (name !== '') return explainCall(name, receiver, given, environment);
  const variable = /^Unknown variable: (\w+)$/.exec(message)?.[1];
  if (variable !== undefined) {
    const builtIn = new Set(variablesOf(new Environment()));
    const known = variablesOf(environment).filter((name) => !builtIn.has(name));
    return `there is no variable ${variable}${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`;
  }
  const operands = /^no such overload: (\S+) (\S+) (\S+)$/.exec(message);
  if (operands) return `${operands[2]} does not take ${operands[1]} and ${operands[3]}`;
  if (message === 'Unexpected character: =') return 'a single "=" means nothing; compare with "=="';
  const [, expected, got] = /^Expected (\w+), got (\w+)$/.exec(message) ?? [];
  if (expected !== undefined && got !== undefined)
    return `${TOKENS[expected] ?? expected} is missing before ${TOKENS[got] ?? got}`;
  const unexpected = /^Unexpected token: (\w+)$/.exec(message)?.[1];
  if (unexpected !== undefined) return `${TOKENS[unexpected] ?? unexpected} stands where it can't`;
  return message;
}

function variablesOf(environment: Environment): string[] {
  return environment.getDefinitions().variables.map(({ name }) => name);
}

function explainCall(
  name: string,
  receiver: string | undefined,
  given: string,
  environment: Environment,
): string {
  const known = [...new Set(environment.getDefinitions().functions.map((one) => one.name))];
  if (!known.includes(name)) {
    // Of a short word everything short is near.
    const near = name.length > 4 ? nearest(name, known) : undefined;
    return `there is no function ${name}${near === undefined ? '' : `; there is ${near}`}`;
  }
  const types = given === '' ? 'nothing' : given;
  return `${name} does not take ${types}${receiver === undefined || receiver === 'dyn' ? '' : ` when called on ${receiver}`}`;
}
