/** Runs beside the schedule, as one collector has another ask its agents for them. */
import { z } from 'zod';
import { cmcdParam } from '../../probes/net/cmcd.ts';
import { ASKED_TRIGGERS } from '../../protocol/frame.ts';

const count = z.number().int().min(0);

export const runOrderSchema = z.strictObject({
  /** Remembered by every collector, so that each can say what became of it. */
  run: z.strictObject({
    requestId: z.string().min(1).max(128),
    probe: z.string(),
    askedMs: z.number(),
    agents: z.array(z.string()),
    expected: count,
  }),
  trigger: z.enum(ASKED_TRIGGERS),
  /** What is to be run, a check each. */
  assignments: z.array(
    z.strictObject({
      probe: z.string(),
      type: z.string(),
      target: z.strictObject({ name: z.string(), url: z.string(), labels: z.record(z.string(), z.string()) }),
      everyMs: count,
      timeoutMs: count,
      params: z.unknown(),
      secrets: z.record(z.string(), z.array(z.string()).readonly()).readonly().exactOptional(),
      effectiveFromMs: z.number(),
    }),
  ),
  /** With the trigger `publish`: what is to be watched in place of the probe's own run; times by the clock of the store. */
  watch: z
    .strictObject({
      playUrls: z.array(z.string()),
      sinceWallMs: z.number(),
      pollMs: z.number(),
      untilWallMs: z.number(),
      cmcd: cmcdParam,
    })
    .optional(),
  /** Agents of this collector that are to be told. */
  tell: z.array(z.string()),
});
export type RunOrder = z.infer<typeof runOrderSchema>;

/** The agents that were told. */
export const runReceiptSchema = z.object({ agents: z.array(z.string()) });
export type RunReceipt = z.infer<typeof runReceiptSchema>;
