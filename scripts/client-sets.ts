/** What the tests with real clients need, in sets that are installed apart from each other; install-clients.ts does it. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A folder with package.json and package-lock.json. */
export interface NpmSet {
  readonly kind: 'npm';
  readonly what: string;
  readonly folder: string;
  /** Whether there are tests that run it: `make test` installs these only. */
  readonly inTests: boolean;
  /** Measured on disk, MB. */
  readonly megabytes: number;
}

/** A virtual environment for test/clients/python/<name>/requirements.lock. */
export interface PythonSet {
  readonly kind: 'python';
  readonly what: string;
  readonly name: 'sdks' | 'crewai';
  readonly inTests: boolean;
  readonly megabytes: number;
  /** Packages that exist as source only; theirs is pure Python. */
  readonly fromSource: readonly string[];
}

export const SETS: readonly (NpmSet | PythonSet)[] = [
  {
    kind: 'npm',
    what: 'Claude Code, Codex, OpenCode; SDKs and frameworks for Node',
    folder: join(root, 'test', 'clients'),
    inTests: true,
    megabytes: 1160,
  },
  {
    kind: 'npm',
    what: 'OpenClaw',
    folder: join(root, 'test', 'clients', 'openclaw'),
    inTests: true,
    megabytes: 650,
  },
  {
    kind: 'python',
    what: 'openai, anthropic, LangChain, Semantic Kernel for Python',
    name: 'sdks',
    inTests: true,
    megabytes: 480,
    fromSource: ['pybars4', 'pymeta3'],
  },
  // It wants an older openai than the others.
  { kind: 'python', what: 'CrewAI', name: 'crewai', inTests: true, megabytes: 880, fromSource: [] },
];

export const pythonLock = (name: PythonSet['name']) =>
  join(root, 'test', 'clients', 'python', name, 'requirements.lock');

/** @returns the folder of a set's virtual environment */
export const environment = (name: PythonSet['name']) => join(root, '.cache', 'python-clients', name);

/** @returns the interpreter that has a set's packages */
export const python = (name: PythonSet['name']) => join(environment(name), 'bin', 'python');
