import { type Block, type Call, toolResultText } from './conversation.ts';
import { textOf } from './json.ts';
import { sampleOf, takesOnlyStrings } from './sample.ts';
import { callTool, mark, type SaidBlock, say } from './turn.ts';

/** The beginning of a text on one line, for quoting. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

/** A call that does no harm in any agent, or undefined if no offered tool is plain enough. */
function harmlessCall(call: Call): SaidBlock | undefined {
  if (call.tools.some((tool) => tool.name === 'Bash')) {
    return callTool('Bash', { command: 'echo hello from the rehearsal', description: 'say hello' });
  }
  const tool = call.tools.find(({ schema }) => schema !== undefined && takesOnlyStrings(schema));
  return tool === undefined ? undefined : callTool(tool.name, sampleOf(tool.schema, 'rehearsal'));
}

/** The call that tool_choice insists on, or undefined if it leaves the choice. */
export function forcedCall(call: Call): SaidBlock | undefined {
  const { type, name } = call.toolChoice;
  if (type === 'any') {
    const first = call.tools.find(({ schema }) => schema !== undefined);
    return harmlessCall(call) ?? (first && callTool(first.name, sampleOf(first.schema, 'rehearsal')));
  }
  if (type !== 'tool') return undefined;
  const tool = call.tools.find((offered) => offered.name === name);
  return callTool(name, sampleOf(tool?.schema ?? { type: 'object' }, 'rehearsal'));
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
export function improvise(call: Call, start: number, step: number): readonly SaidBlock[] {
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
  const result = call.messages.at(-1)?.content.findLast((block) => block.type === 'tool_result');
  if (result === undefined) return [say('There is nothing left to do.')];
  const text = quote(toolResultText(result));
  if (result.is_error === true) return [say(`The tool did not do it, it says: "${text}". I stop here.`)];
  return [say(`All done. The tool answered: "${text}".`)];
}
