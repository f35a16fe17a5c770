/** What is said where nobody says what to say. */
import { type Block, type Conversation, type Tool, toolResultText } from './conversation.ts';
import { type JsonObject, textOf } from './json.ts';
import { sampleOf, takesOnlyStrings } from './sample.ts';
import { callTool, mark, type SaidBlock, say } from './turn.ts';

/** The beginning of a text on one line, for quoting. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

const echo = 'echo hello from the rehearsal';

/** What to call shells with, by the names that agents give them. */
const shells: { readonly [name: string]: JsonObject } = {
  Bash: { command: echo, description: 'say hello' },
  bash: { command: echo, description: 'say hello' },
  exec_command: { cmd: echo },
  exec: { command: echo },
  shell: { command: echo.split(' ') },
};

/** The same for tools that take source code. */
const code: { readonly [name: string]: string } = { exec: "text('hello from the rehearsal')" };

const callText = (name: string, args: string): SaidBlock => ({ type: 'tool_use', name, args, asText: true });

/** The call of a shell, if the tool is one that is known. */
function shellCall({ name, schema, takesText }: Tool): SaidBlock | undefined {
  const [args, text] = [shells[name], code[name]];
  if (takesText) return text === undefined ? undefined : callText(name, text);
  const wanted = Array.isArray(schema?.required) ? schema.required : [];
  return args !== undefined && wanted.every((key) => key in args) ? callTool(name, args) : undefined;
}

/** A call with values that the tool's schema allows; undefined for the provider's own tools. */
function sampleCall({ name, schema, takesText }: Tool): SaidBlock | undefined {
  if (takesText) return callText(name, 'rehearsal');
  return schema === undefined ? undefined : callTool(name, sampleOf(schema, 'rehearsal'));
}

const firstOf = (calls: Iterable<SaidBlock | undefined>): SaidBlock | undefined =>
  [...calls].find((call) => call !== undefined);

/** A call that does no harm in any agent, or undefined if no offered tool is plain enough. */
function harmlessCall({ tools }: Conversation): SaidBlock | undefined {
  const plain = tools.filter(({ schema }) => schema !== undefined && takesOnlyStrings(schema));
  return firstOf(tools.map(shellCall)) ?? firstOf(plain.map(sampleCall));
}

/** The call that tool_choice insists on, or undefined if it leaves the choice. */
export function forcedCall(call: Conversation): SaidBlock | undefined {
  const { type, name } = call.toolChoice;
  if (type === 'any') return harmlessCall(call) ?? firstOf(call.tools.map(sampleCall));
  if (type !== 'tool') return undefined;
  const offered = call.tools.find((tool) => tool.name === name);
  return (offered && sampleCall(offered)) ?? callTool(name, {});
}

/** The text of an assistant message that we did not write: somebody answered in the model's place. */
function replacement(blocks: readonly Block[] | undefined): string | undefined {
  const texts = (blocks ?? []).filter((block) => block.type === 'text').map((block) => textOf(block.text));
  const calls = (blocks ?? []).some((block) => block.type === 'tool_use');
  if (calls || texts.length === 0 || texts.some((text) => text.startsWith(mark.trim()))) return undefined;
  return texts.join(' ');
}

/**
 * What is said when the user gave no directive.
 * @param start the index of the user's message; @param step how many answers it has had
 */
export function improvise(call: Conversation, start: number, step: number): readonly SaidBlock[] {
  if (call.outputSchema !== undefined) {
    return [{ type: 'text', text: JSON.stringify(sampleOf(call.outputSchema, `${mark}sample`)) }];
  }
  const replaced = replacement(
    call.messages.slice(0, step === 0 ? start : undefined).findLast(({ role }) => role === 'assistant')
      ?.content,
  );
  if (replaced !== undefined) {
    return [
      say(
        `My last answer did not get through. In its place stood: "${quote(replaced)}". I leave it at that.`,
      ),
    ];
  }
  if (step === 0) {
    const harmless = harmlessCall(call);
    if (harmless?.type === 'tool_use')
      return [say(`Hello! I try the tool ${harmless.name} first.`), harmless];
    return [say('Hello! No model is behind this answer; it only shows that everything between us works.')];
  }
  const since = call.messages.slice(call.messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  const result = since.flatMap(({ content }) => content).findLast(({ type }) => type === 'tool_result');
  if (result === undefined) return [say('There is nothing left to do.')];
  const text = quote(toolResultText(result));
  if (result.is_error === true) return [say(`The tool did not do it, it says: "${text}". I stop here.`)];
  return [say(`All done. The tool answered: "${text}".`)];
}
