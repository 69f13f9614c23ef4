/** What the `ping` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';

export const PING_LIMITS = {
  count: {
    value: 20,
    reason: 'More is a load on the path, and the median does not move any more.',
    past: 'The parameters are refused.',
  },
  intervalMs: {
    value: 200,
    reason: 'The shortest interval that ping allows to others than root.',
    past: 'The parameters are refused.',
  },
  outputBytes: { value: 8192, reason: 'Twenty lines of a reply.', past: 'The rest is not read.' },
} as const;

export const pingParams = z
  .strictObject({
    method: z
      .enum(['auto', 'icmp', 'tcp'])
      .default('auto')
      .describe(
        'icmp by the system’s ping; tcp times connections; auto is icmp where the host allows it and the target is not redirected.',
      ),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Port to connect to with tcp; that of the target’s URL when absent, 443 for icmp://.'),
    count: z.int().min(1).max(PING_LIMITS.count.value).default(3).describe('How many pings.'),
    intervalMs: z
      .int()
      .min(PING_LIMITS.intervalMs.value)
      .max(5000)
      .default(PING_LIMITS.intervalMs.value)
      .describe(
        'From the start of one ping to that of the next; one that waits for its reply delays the next with tcp.',
      ),
    waitMs: z.int().min(100).max(10_000).default(1000).describe('How long to wait for each reply.'),
    minReplies: z
      .int()
      .min(1)
      .max(PING_LIMITS.count.value)
      .default(1)
      .describe('Fewer replies fail the run.'),
    path: z
      .boolean()
      .default(true)
      .describe(
        'When it fails, ask the routers on the way, those of the agent’s own network too, by traceroute or tracepath where the host has them.',
      ),
  })
  .refine(({ minReplies, count }) => minReplies <= count, {
    path: ['minReplies'],
    message: 'more replies than pings',
  });

export type PingParams = z.infer<typeof pingParams>;
