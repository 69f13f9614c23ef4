/** What the `grpc` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { secretNameParam } from '../secret-name.ts';
import { portParam, serverNameParam } from '../tcp/params.ts';

export const GRPC_LIMITS = {
  answerBytes: {
    value: 4096,
    reason: 'The answer is one number; a server that sends more speaks of something else.',
    past: 'The run fails with too_large.',
  },
} as const;

export const grpcParams = z.strictObject({
  service: z
    .string()
    .max(200)
    .default('')
    .describe('Name of the service to ask for; the server as a whole when empty.'),
  port: portParam,
  serverName: serverNameParam,
  credentials: secretNameParam
    .optional()
    .describe('Name of a secret at the agent, sent as `authorization: Bearer`.'),
});

export type GrpcParams = z.infer<typeof grpcParams>;
