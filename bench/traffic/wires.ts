/** The wires that agents speak to the bench. */
import { chat } from './chat.ts';
import { messages } from './messages.ts';
import { responses } from './responses.ts';
import type { WireTraffic } from './wire.ts';

export const WIRES: readonly WireTraffic[] = [chat, responses, messages];

/** @returns the wire whose requests go to that path; the path of a proxy may begin with more than the provider's */
export function wireOfPath(path: string): WireTraffic | undefined {
  return WIRES.find((wire) => path.endsWith(wire.path));
}
