/** Requests of OpenAI's embeddings, to be changed by chance. */
import type { Kit } from './kit.ts';

const BODIES: readonly string[] = [
  '{"model":"text-embedding-3-large","input":"hello"}',
  ' {\r\n\t"input" : [ "grüße 😀\\n" ,"ﷺ ﷺ ½" ],\n "model":"text-embedding-3-small","encoding_format": "base64" , "dimensions":256 }\n',
  '{"input":"a \\"model\\": \\"x\\"","model":"quick","user":"u"}',
  '{"model":"quick","input":[1,22,333,100256],"encoding_format":"float"}',
  '{"model":"text-embedding-ada-002","input":[[1,2,3],[4],[5,6]]}',
  '{"model":"text-embedding-3-large","input":["a","b","c","d","e","\\u00e9\\u2028","\\ufdfa"]}',
  '{"model":"text-embedding-3-small","input":["",""],"dimensions":null}',
];

const INPUTS = [
  '"one more"',
  '7',
  '[8,9]',
  '"\\ufdfa\\ufdfa"',
  '[]',
  '{}',
  'null',
  '-1',
  '1.5',
  '["nested"]',
];

export const EMBEDDINGS_KIT: Kit = {
  bodies: BODIES,
  models: [
    ...['text-embedding-3-large', 'text-embedding-3-small', 'text-embedding-ada-002', 'quick', 'Quick'],
    ...[
      'gpt-5.4-mini',
      'text-embedding-4',
      'text-embedding-3-small\\u0000',
      'quick ',
      'a\\r\\nx-evil: 1',
      '',
    ],
  ],
  caps: ['"dimensions"'],
  types: ['text'],
  keys: [
    ...['input', 'Input', 'INPUT', 'Model', 'model', 'input_type', 'truncate', 'task', 'new_field'],
    ...['user', 'encoding_format', 'dimensions', '__proto__', 'constructor', '', 'max_tokens', 'url'],
  ],
  more: { '"input"': INPUTS },
  path: '/v1/embeddings',
  targets: ['/embeddings', '/some/prefix/v1/embeddings', '/v1/embeddings?'],
  badTargets: [
    ...['/v1/embeddings?user=x', '/v1/embeddings/', '//v1/embeddings', '/v1/embeddings/1'],
    ...['/v1/x/../embeddings', '/v1/embedding', '/v1/files', '/v1/moderations', '/v1/embeddings%0d%0ax:1'],
  ],
  betaHeader: 'openai-beta',
  betas: ['assistants=v2', 'evil-beta'],
};
