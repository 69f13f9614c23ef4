/** Routes, receivers and maintenance windows as people declare them; the descriptions are the documentation. */
import { z } from 'zod';
import { formatDuration, parseDurationMs } from '../../probes/spec.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { maintenanceSchema } from './maintenance.ts';
import { matchSchema } from './matchers.ts';
import { openUrlSchema, secretRefSchema } from './secret-ref.ts';

const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/,
    'use 1 to 64 lower-case letters, digits, dots, dashes, underscores; begin and end with a letter or digit',
  );

const MINUTE = 60_000;
const DAY = 86_400_000;

const duration = (minMs: number, maxMs: number, standard: string) =>
  z
    .string()
    .refine(
      (text) => {
        const ms = parseDurationMs(text);
        return ms !== undefined && ms >= minMs && ms <= maxMs;
      },
      { message: `expected a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}` },
    )
    .default(standard);

/** Milliseconds of a duration that the schema has checked. */
export const msOf = (text: string): number => parseDurationMs(text) ?? 0;

const mailAddress = z
  .string()
  .max(254)
  .regex(/^[\x21-\x3b\x3d\x3f-\x7e]+@[A-Za-z0-9.[\]:-]+$/, 'expected an address of mail in ASCII');

const webhook = z.strictObject({
  name,
  type: z.literal('webhook'),
  url: secretRefSchema.describe(
    'Where to POST: any address, of this machine and private networks too. Who may write this file decides; the API takes none, and redirects are not followed.',
  ),
  secret: secretRefSchema
    .optional()
    .describe(
      'Key of the signature in x-outrider-signature: sha256= and the HMAC of the bytes of the body in hex. `notice.at` and `notice.id` in them tell old and repeated ones.',
    ),
});
const slack = z.strictObject({
  name,
  type: z.literal('slack'),
  url: secretRefSchema.describe('The incoming webhook of Slack, or of what takes the same.'),
});
const pagerduty = z.strictObject({
  name,
  type: z.literal('pagerduty'),
  routing_key: secretRefSchema.describe('Integration key of the service.'),
  url: secretRefSchema.optional().describe('Of what takes the same as PagerDuty; PagerDuty when absent.'),
});
const alertmanager = z.strictObject({
  name,
  type: z.literal('alertmanager'),
  url: openUrlSchema.describe('Base URL, without /api/v2.'),
  resend: duration(10_000, 10 * MINUTE, '1m').describe(
    'How often what is open is told again: Alertmanager forgets it when it restarts.',
  ),
  hold: duration(5 * MINUTE, 7 * DAY, '1d').describe(
    'How long Alertmanager keeps an alert of which it hears nothing. Shorter than the collectors may all be down is an all clear without data.',
  ),
  labels: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected the name of a label'), z.string().max(256))
    .default({})
    .describe('Added to every alert.'),
});
const email = z
  .strictObject({
    name,
    type: z.literal('email'),
    host: z.string().min(1).max(253).describe('The relay.'),
    port: z.int().min(1).max(65_535).default(587),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('starttls is required then, not merely taken; none is for a relay on this machine.'),
    from: mailAddress,
    to: z.array(mailAddress).min(1).max(50),
    user: secretRefSchema.optional(),
    password: secretRefSchema.optional(),
    ca_file: z.string().max(1000).optional().describe('PEM of what signs the certificate of the relay.'),
  })
  .refine((one) => (one.user === undefined) === (one.password === undefined), {
    message: 'user and password belong together',
  })
  .refine((one) => one.security !== 'none' || one.password === undefined, {
    message: 'no password is sent in the clear: use starttls or tls',
  });

const receiverSchema = z.discriminatedUnion('type', [webhook, slack, pagerduty, alertmanager, email]);
export type ReceiverSettings = z.infer<typeof receiverSchema>;

export const routeSchema = z.strictObject({
  name,
  match: matchSchema
    .default({})
    .describe('Which incidents: those that concern anything of it. All when absent.'),
  receivers: z.array(name).min(1).max(20),
  continue: z
    .boolean()
    .default(false)
    .describe('Whether what it takes is offered to the routes below it, too.'),
  model_alarms: z
    .boolean()
    .default(false)
    .describe('Whether it takes alarms about the browserless model, which are no incidents.'),
  wait: duration(0, 60 * MINUTE, '0s').describe('How long an incident must be open before anybody is told.'),
  update_every: duration(10_000, DAY, '2m').describe(
    'News of what was told come at most so often; what becomes more severe is told at once.',
  ),
  remind_every: duration(0, 7 * DAY, '1h').describe('0s for never; ends with an acknowledgement.'),
  flap_within: duration(0, DAY, '15m').describe(
    'What opens again so soon joins what was told, and does not begin anew.',
  ),
  flap_opens: z
    .int()
    .min(1)
    .max(NOTIFY_LIMITS.opensRemembered.value - 1)
    .default(3)
    .describe(
      'What opened, or became worse, so often is told as over, or milder, only after flap_within of calm.',
    ),
  no_data_after: duration(30_000, DAY, '3m').describe(
    'No agent connected that could see it for so long: told as no data.',
  ),
  rate: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('So many conversations with a receiver begin within rate_within; the rest is gathered in one.'),
  rate_within: duration(MINUTE, DAY, '10m'),
});
export type RouteSettings = z.infer<typeof routeSchema>;

const twice = (names: readonly string[]): string | undefined =>
  names.find((one, i) => names.indexOf(one) !== i);

export const notifySchema = z
  .strictObject({
    version: z.literal(1),
    dashboard: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where people see the dashboard: the link in every message.'),
    receivers: z.array(receiverSchema).min(1).max(NOTIFY_LIMITS.receivers.value),
    routes: z
      .array(routeSchema)
      .min(1)
      .max(NOTIFY_LIMITS.routes.value)
      .describe('In this order: the first that matches takes an incident, unless it says `continue`.'),
    maintenance: z.array(maintenanceSchema).max(NOTIFY_LIMITS.windows.value).default([]),
  })
  .superRefine(({ maintenance, receivers, routes }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const [key, list] of Object.entries({ receivers, routes, maintenance })) {
      const double = twice(list.map((one) => one.name));
      if (double !== undefined) issue([key], `${double} stands twice`);
    }
    const known = receivers.map((one) => one.name);
    for (const [i, route] of routes.entries()) {
      for (const [j, one] of route.receivers.entries())
        if (!known.includes(one))
          issue(['routes', i, 'receivers', j], `there is no receiver ${one}; there are ${known.join(', ')}`);
      if (twice(route.receivers)) issue(['routes', i, 'receivers'], `${twice(route.receivers)} stands twice`);
    }
  });
/** What a file of routes says, checked. */
export type NotifySettings = z.infer<typeof notifySchema>;
