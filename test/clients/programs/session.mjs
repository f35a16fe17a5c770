/**
 * What the programs here have in common. Each is one session as users write it on an SDK or a framework, with everything
 * about the provider taken from the environment:
 *
 *   node <program>.mjs <mode>[,<mode>…] [model] [prompt]
 *
 * For each mode it prints one line of JSON: {mode, said, ran}, or {mode, error: {name, status, message}, ran}. `said` is
 * what its user reads, `ran` the cities that its tool was really run for.
 */
const [names, model, prompt] = process.argv.slice(2);

export const PROMPT = prompt ?? '/tool weather {"city":"Bonn"}\n/say it rains';
export const WEATHER = {
  name: 'weather',
  description: 'The weather of a city.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};
/** A program that loses interest in an answer: what it asked for, and what it asks for next. */
export const LONG = '/pace 20\n/tokens 400';
export const NEXT = '/say it rains';
let ran = [];

/** The tool itself. */
export function weather({ city }) {
  ran.push(city);
  return `rain in ${city}`;
}

/** The model that was asked for, else one of the program's own. */
export function modelOr(usual) {
  return model || usual;
}

/** @param modes by name, functions that give what was said */
export async function main(modes) {
  for (const mode of names.split(',')) {
    ran = [];
    try {
      console.log(JSON.stringify({ mode, said: await modes[mode](), ran }));
    } catch (error) {
      const { status, statusCode, message } = error;
      const name = error.name === 'Error' ? error.constructor.name : error.name;
      const seen = { name, status: status ?? statusCode ?? null, message };
      console.log(JSON.stringify({ mode, error: seen, ran }));
    }
  }
}
