/**
 * What the events of a call said of its arguments before the item that ends it says them again. A client may believe
 * either, so only what agrees is judged.
 */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { argumentFields } from './calls.ts';

/** Events → the field of arguments that they are about, and whether they bring a piece of it or the whole. */
const EVENTS: ReadonlyMap<string, { readonly of: string; readonly in: string; readonly whole: boolean }> =
  new Map([
    ['response.function_call_arguments.delta', { of: 'arguments', in: 'delta', whole: false }],
    ['response.function_call_arguments.done', { of: 'arguments', in: 'arguments', whole: true }],
    ['response.custom_tool_call_input.delta', { of: 'input', in: 'delta', whole: false }],
    ['response.custom_tool_call_input.done', { of: 'input', in: 'input', whole: true }],
    ['response.apply_patch_call_operation_diff.delta', { of: 'diff', in: 'delta', whole: false }],
    ['response.apply_patch_call_operation_diff.done', { of: 'diff', in: 'diff', whole: true }],
    ['response.shell_call_command.added', { of: 'command', in: 'command', whole: false }],
    ['response.shell_call_command.delta', { of: 'command', in: 'delta', whole: false }],
    ['response.shell_call_command.done', { of: 'command', in: 'command', whole: true }],
  ]);

/** Whether an event brings what a call is made with. */
export function isOfCall(type: string): boolean {
  return EVENTS.has(type);
}

/** Fields that say nothing of arguments. */
const FRAME = new Set([
  'type',
  'sequence_number',
  'output_index',
  'item_id',
  'obfuscation',
  'name',
  'call_id',
  'namespace',
]);

export class Said {
  readonly #pieces = new Map<string, string[]>();
  readonly #wholes: (readonly [place: string, text: string])[] = [];
  /** Whether an event said something that cannot be compared. */
  #odd = false;

  take(event: JsonObject): void {
    const about = EVENTS.get(String(event.type));
    if (about === undefined) {
      this.#odd ||= Object.keys(event).some((key) => !FRAME.has(key));
      return;
    }
    const text = event[about.in];
    if (typeof text !== 'string') {
      this.#odd = true;
      return;
    }
    const place = about.of === 'command' ? `command ${event.command_index}` : about.of;
    if (about.whole) {
      this.#wholes.push([place, text]);
      return;
    }
    const pieces = this.#pieces.get(place) ?? [];
    this.#pieces.set(place, pieces);
    pieces.push(text);
  }

  /**
   * @param start the item as it began: empty, or as it ends
   * @param end the item as it ends
   */
  agrees(start: JsonObject, end: JsonObject): boolean {
    if (this.#odd) return false;
    for (const [place, pieces] of this.#pieces) if (pieces.join('') !== textAt(end, place)) return false;
    for (const [place, text] of this.#wholes) if (text !== textAt(end, place)) return false;
    return argumentFields(start).every((field) => grewInto(start[field], end[field]));
  }
}

function textAt(item: JsonObject, place: string): JsonValue | undefined {
  if (place === 'arguments') return item.arguments;
  if (place === 'input') return item.input;
  if (place === 'diff') return isObject(item.operation) ? item.operation.diff : undefined;
  const commands = isObject(item.action) ? item.action.commands : undefined;
  return Array.isArray(commands) ? commands[Number(place.slice('command '.length))] : undefined;
}

/** Whether a value is not there yet, or is what it will be, all the way down. */
function grewInto(start: JsonValue | undefined, end: JsonValue | undefined): boolean {
  if (start === undefined || start === null || start === '' || start === end) return true;
  if (Array.isArray(start)) {
    return (
      start.length === 0 ||
      (Array.isArray(end) && start.length === end.length && start.every((item, i) => grewInto(item, end[i])))
    );
  }
  if (!isObject(start)) return false;
  const into = end ?? {};
  return (
    isObject(into) &&
    Object.keys(start).every((key) => grewInto(start[key], Object.hasOwn(into, key) ? into[key] : undefined))
  );
}
