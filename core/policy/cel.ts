/**
 * CEL expressions whose regular expressions run in linear time.
 *
 * The engine's own `matches` backtracks and cannot be overridden by name. So a parsed expression is walked, each call
 * of `matches` is renamed to ours in the source, and the result is parsed again; nothing named `matches` may be left.
 */
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { explainCel } from './explain-cel.ts';

/** A condition has no business being longer; the CRD bounds its text as well. */
const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

const LINEAR = 'linear_matches';

/** @returns an environment that knows no variables yet, with `matches` in linear time */
export function celEnvironment(): Environment {
  return new Environment({
    unlistedVariablesAreDyn: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  }).registerFunction(`string.${LINEAR}(string): bool`, (text: string, pattern: string) =>
    compilePattern(pattern).matcher(text).find(),
  );
}

export type Compiled = { readonly run: ParseResult } | { readonly error: string };

/**
 * Parses and type-checks an expression that must give a bool.
 * @returns the compiled expression, or a sentence that says what is wrong with it
 */
export function compileCel(environment: Environment, source: string): Compiled {
  try {
    const original = environment.parse(source);
    const checked = original.check();
    if (!checked.valid)
      return { error: explainCel(checked.error?.summary ?? 'it does not type-check', environment) };
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      return { error: `it gives ${checked.type}, not bool` };
    const calls = matchesCalls(original.ast);
    if (calls.length === 0) return { run: original };
    for (const call of calls) {
      const pattern = call.args[2][0];
      if (pattern?.op === 'value' && typeof pattern.args === 'string') compilePattern(pattern.args);
    }
    const renamed = environment.parse(rename(source, calls));
    if (matchesCalls(renamed.ast).length > 0)
      return { error: 'a comment stands between a value and its matches()' };
    const again = renamed.check();
    if (!again.valid) return { error: again.error?.summary ?? 'it does not type-check' };
    return { run: renamed };
  } catch (error) {
    return { error: explainCel(sentence(error), environment) };
  }
}

/** @returns the engine's message without its drawing of the source */
export function sentence(error: unknown): string {
  if (error instanceof Error) {
    return 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  }
  return String(error);
}

type MatchesCall = Extract<ASTNode, { op: 'rcall' }>;

function matchesCalls(node: ASTNode): MatchesCall[] {
  const found: MatchesCall[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item);
    } else if (isNode(value)) {
      if (value.op === 'rcall' && value.args[0] === 'matches') found.push(value);
      walk(value.args);
    }
  };
  walk(node);
  return found;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Renames from the back, so that earlier positions stay right. */
function rename(source: string, calls: MatchesCall[]): string {
  let text = source;
  const ends = calls.map((call) => call.args[1].end).sort((a, b) => b - a);
  for (const end of ends) text = text.slice(0, end) + text.slice(end).replace(/\bmatches\b/, LINEAR);
  return text;
}

/** Patterns come from policies, so their number is bounded by the policies' size; those computed at run time are not. */
let patterns = new Map<string, RE2JS>();
const PATTERNS_MOST = 256;

function compilePattern(pattern: string): RE2JS {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = RE2JS.compile(pattern);
    if (patterns.size >= PATTERNS_MOST) patterns = new Map();
    patterns.set(pattern, compiled);
  }
  return compiled;
}
