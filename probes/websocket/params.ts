/** What the `websocket` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { headerValue, requestHeaderName } from '../http/header-rules.ts';
import { secretNameParam } from '../secret-name.ts';
import { patternParam } from '../tcp/params.ts';

export const WEBSOCKET_LIMITS = {
  messageBytes: {
    value: 64 * 1024,
    reason: 'A message that shows the service is alive; the probe is no client.',
    past: 'The run fails with too_large.',
  },
  messages: {
    value: 100,
    reason: 'Services may say other things first; one that only talks never answers.',
    past: 'The run fails with unexpected.',
  },
  headers: { value: 16, reason: 'It travels in every schedule.', past: 'The parameters are refused.' },
  closeMs: {
    value: 500,
    reason: 'A polite goodbye is for the logs of the service, and holds a place of the lane.',
    past: 'The connection is cut.',
  },
} as const;

export const websocketParams = z.strictObject({
  headers: z
    .record(requestHeaderName, headerValue)
    .refine((headers) => Object.keys(headers).length <= WEBSOCKET_LIMITS.headers.value, 'too many headers')
    .default({})
    .describe('Headers of the upgrade request.'),
  credentials: secretNameParam
    .optional()
    .describe('Name of a secret at the agent, sent as `Authorization: Bearer`.'),
  protocols: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'not a subprotocol'))
    .max(8)
    .default([])
    .describe('Subprotocols to offer, best first; the server must choose one.'),
  send: z.string().max(WEBSOCKET_LIMITS.messageBytes.value).optional().describe('Text message to send.'),
  expect: patternParam
    .optional()
    .describe('Regular expression that a message must contain; others before it are passed over.'),
  ping: z.boolean().default(true).describe('Send a ping frame too, and wait for its pong.'),
});

export type WebsocketParams = z.infer<typeof websocketParams>;
