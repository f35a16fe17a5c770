/** What Tollgate has to know about one kind of agent. Facts are measured with the real client; tests run it. */

import type { JsonValue } from '../json/read.ts';
import type { WireId } from '../policy/provider.ts';
import type { ToolClass } from '../policy/tiers.ts';

/** Where a local sidecar is. */
export interface SidecarAddress {
  /** Base URL, without /v1. */
  readonly url: string;
  /** The dummy key. */
  readonly key: string;
}

/** A configuration file that is written for one run, beside the user's own, which is left alone. */
export interface RunConfig {
  readonly fileName: string;
  /** The variable that names the file to the agent. */
  readonly variable: string;
  /**
   * @param env the environment of the user
   * @param home absolute
   * @returns where the user's own file is, if there is one
   */
  own(env: Readonly<Record<string, string | undefined>>, home: string): string;
  /** @param own the user's own file, which goes on applying; undefined where there is none */
  text(sidecar: SidecarAddress, own: string | undefined): string;
  /** @returns further variables that the file needs */
  environment(
    own: string | undefined,
    env: Readonly<Record<string, string | undefined>>,
  ): Readonly<Record<string, string>>;
}

/** A configuration file that the sidecar of a pod writes and that is put over the agent's. */
export interface PodFile {
  /** Unique among all agents' files. */
  readonly name: string;
  /** Where the agent reads it; absolute. */
  readonly path: string;
  text(sidecar: SidecarAddress): string;
}

/** A model that an agent asks for when its user names none. */
export interface DefaultModel {
  readonly model: string;
  readonly wire: WireId;
  /** The price list of who makes the model; other hosts' lists are not expected to have it. */
  readonly maker: string;
  /** What it costs, where the price list does not know it yet. */
  readonly published?: PublishedPrice;
}

/** A price as spec.prices of a Provider takes it: US dollars per million tokens, of the dearest tier, as it has one only. */
export interface PublishedPrice {
  readonly input: string;
  readonly output: string;
  readonly cacheRead: string;
  readonly cacheWrite5m: string;
  readonly contextWindow?: number;
  /** Where it is from, and what it leaves out: stands beside it as a comment. */
  readonly note: string;
}

/** A tool that does nothing but call another one, which is judged in its place. */
export interface Wrapper {
  readonly tool: string;
  /** The form of its arguments, for people. */
  readonly form: string;
  /** @returns the call that it makes; undefined unless the arguments have that form, which is read in one way only */
  inner(args: JsonValue): { readonly name: string; readonly args: JsonValue } | undefined;
}

export interface AgentKind {
  readonly id: string;
  /** Base names of commands that are this agent. */
  readonly commands: readonly string[];
  readonly userAgent: RegExp;
  /**
   * How a refusal reaches its user without a retry storm: `message` is status 200 with a normal reply, `status` an
   * error that its client turns into an exception with the text.
   */
  readonly refusal: 'message' | 'status';
  /** The variable in which it takes the dummy key for the Anthropic API. */
  readonly keyVariable: string;
  /** @returns variables that make it use a local sidecar, beside the base URLs and keys that every program gets */
  environment(sidecar: SidecarAddress): Readonly<Record<string, string>>;
  /** @returns arguments for the same, which stand before its own */
  arguments?(sidecar: SidecarAddress): readonly string[];
  /** A file for the same, where neither variables nor arguments will do. */
  readonly config?: RunConfig;
  /** The same in a pod, whose command is not ours to change: files, beside the variables of environment(). */
  readonly pod?: {
    readonly files: readonly PodFile[];
    readonly environment?: Readonly<Record<string, string>>;
  };
  /** Variables that would send its calls around the sidecar, and what each does. */
  readonly bypasses: Readonly<Record<string, string>>;
  /** @returns a sentence about the first argument that would do that, if there is one */
  bypassArgument?(args: readonly string[]): string | undefined;
  /** A header in which it names its own session; kept as a label. */
  readonly sessionHeader?: string;
  readonly tools: ReadonlyMap<string, ToolClass>;
  readonly wrapper?: Wrapper;
  /** Those of the version that was measured, each once; none where it is the user who names the model. */
  readonly defaultModels: readonly DefaultModel[];
}

type Classes = Readonly<Partial<Record<Exclude<ToolClass, 'other'>, readonly string[]>>>;

/** @param classes names of tools by class */
export function toolTable(classes: Classes): ReadonlyMap<string, ToolClass> {
  return new Map(
    Object.entries(classes).flatMap(([cls, names]) =>
      names.map((name): [string, ToolClass] => [name, cls as ToolClass]),
    ),
  );
}

/** @returns the arguments that a program reads as options: those before a lone `--` */
export function options(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

/** @returns a sentence about an argument that sends an agent's calls elsewhere */
export function around(argument: string, where: string): string {
  return `${argument} sends its calls ${where} instead of to Tollgate; leave it out`;
}
