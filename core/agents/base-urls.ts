/** The variables in which SDKs and frameworks look for a base URL and a key. */
import type { SidecarAddress } from './agent.ts';

/** @returns what each of them reads, from one or more of these; measured, see docs/clients */
export function baseUrls({ url, key }: SidecarAddress): Readonly<Record<string, string>> {
  return {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_URL: url,
    ANTHROPIC_API_BASE: url,
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_BASE: `${url}/v1`,
    OPENAI_API_KEY: key,
    // The OpenAI Agents SDK sends what is said to api.openai.com, whatever its base URL is.
    OPENAI_AGENTS_DISABLE_TRACING: '1',
  };
}
