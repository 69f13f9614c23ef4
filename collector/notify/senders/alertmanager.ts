/**
 * Alertmanager, API v2. It keeps no alert over its own restart and takes one that it is not told of again for resolved: what is open
 * is told again and again, and with an end so far away that a collector that has stopped is no all clear.
 */
import type { Notice } from '../notice.ts';
import { factsByName } from '../notice-text.ts';
import { type Environment, readSecretUrl, type SecretRef } from '../secret-ref.ts';
import { pageText, postJson, reasonOf } from './http-post.ts';
import type { SendContext, Sender, Sent } from './sender.ts';

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export interface AlertmanagerReceiver {
  readonly url: SecretRef;
  readonly holdMs: number;
  /** Added to every alert. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * An end that lies ahead of Alertmanager's own clock is none to it: the alert would stand until the end that it was told before, a
 * day away. So much may its clock be behind ours.
 */
const CLOCKS_APART_MS = 60_000;

/** The alerts of a message: the one that it is about, and the one that it was under other labels. */
export function alertsOf(
  notice: Notice,
  { holdMs, labels: more }: Pick<AlertmanagerReceiver, 'holdMs' | 'labels'>,
  nowMs: number,
): readonly Alert[] {
  const { labels, labels_before, subject, text } = notice;
  const started = 'incident' in subject ? subject.incident.started_at : notice.at;
  const annotations = {
    ...factsByName(text.facts),
    summary: text.title,
    next: text.next.join('\n'),
    ...('incident' in subject ? { incident: subject.incident.id } : {}),
  };
  const over = new Date(
    Math.min(nowMs, Math.max(Date.parse(started), nowMs - CLOCKS_APART_MS)),
  ).toISOString();
  const alert = (own: Readonly<Record<string, string>>, endsAt: string): Alert => ({
    labels: { ...own, ...more },
    annotations,
    // An alert must not end before it starts, whatever the clocks say.
    startsAt: started < endsAt ? started : endsAt,
    endsAt,
    ...(text.link === null ? {} : { generatorURL: text.link }),
  });
  const standing = new Date(nowMs + holdMs).toISOString();
  return [
    ...(labels_before ? [alert(labels_before, over)] : []),
    alert(labels, notice.state === 'over' ? over : standing),
  ];
}

/** So many in one request. */
const ALERTS_PER_POST = 200;

export function alertmanagerSender(receiver: AlertmanagerReceiver, env: Environment): Sender {
  const post = async (alerts: readonly Alert[], { signal }: SendContext): Promise<Sent> => {
    try {
      const base = readSecretUrl(receiver.url, env);
      const path = `${base.pathname.replace(/\/$/, '')}/api/v2/alerts`;
      const url = new URL(`${path}${base.search}`, base);
      url.username = base.username;
      url.password = base.password;
      return await postJson({ url, body: JSON.stringify(alerts), signal, headers: {}, refusal: pageText });
    } catch (error) {
      return { ok: false, retry: true, reason: reasonOf(error) };
    }
  };
  return {
    send: (notice, context) => post(alertsOf(notice, receiver, context.nowMs), context),
    async resend(notices, context) {
      const alerts = notices.flatMap((notice) =>
        alertsOf({ ...notice, labels_before: null }, receiver, context.nowMs),
      );
      for (let from = 0; from < alerts.length; from += ALERTS_PER_POST) {
        const sent = await post(alerts.slice(from, from + ALERTS_PER_POST), context);
        if (!sent.ok) return sent;
      }
      return { ok: true };
    },
  };
}
