/**
 * `when:` conditions of a ToolProfile: standard CEL on one tool call.
 *
 *   args      the arguments of the call (map)
 *   tool      the tool's name                     class     read, search, browse, write, shell, install or other
 *   workload  the workload's name                 labels    the workload's labels (map)
 *   host(url) the host of a URL, in lower case and without a dot at its end; an error when the text is not an absolute
 *             URL with a host, or has characters that not all clients read alike (backslashes, blanks)
 */
import type { Environment } from '@marcbachmann/cel-js';
import { celEnvironment, compileCel, sentence } from './cel.ts';

export interface ConditionFacts {
  readonly args: unknown;
  readonly tool: string;
  readonly class: string;
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** true or false, or why it could not be told; the caller counts that against the agent. */
export type ConditionResult = boolean | { readonly error: string };

export interface Condition {
  readonly source: string;
  evaluate(facts: ConditionFacts): ConditionResult;
}

let environment: Environment | undefined;

function conditionEnvironment(): Environment {
  environment ??= celEnvironment()
    .registerVariable('args', 'map')
    .registerVariable('tool', 'string')
    .registerVariable('class', 'string')
    .registerVariable('workload', 'string')
    .registerVariable('labels', 'map<string, string>')
    .registerFunction('host(string): string', hostOf);
  return environment;
}

function hostOf(url: string): string {
  // Clients turn a backslash into a slash or don't, and drop blanks or don't: then the host is another.
  if (/[\\\s\p{Cc}]/u.test(url)) throw new Error('host() of a URL that not all clients read alike');
  const { hostname } = new URL(url);
  if (hostname === '') throw new Error('host() of a URL without a host');
  return hostname.replace(/\.$/, '');
}

/** @returns the condition, or a sentence that says what is wrong with it */
export function compileCondition(source: string): Condition | { readonly error: string } {
  const compiled = compileCel(conditionEnvironment(), source);
  if ('error' in compiled) return compiled;
  return {
    source,
    evaluate(facts) {
      try {
        const result: unknown = compiled.run(facts);
        return typeof result === 'boolean' ? result : { error: 'it did not give true or false' };
      } catch (error) {
        return { error: sentence(error) };
      }
    },
  };
}
