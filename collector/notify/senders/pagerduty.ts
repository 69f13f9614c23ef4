/** PagerDuty and what takes the same: Events API v2, one alert for each thread by its dedup_key. */
import type { Notice } from '../notice.ts';
import { cutText, factsByName } from '../notice-text.ts';
import { type Environment, readSecret, readSecretUrl, type SecretRef } from '../secret-ref.ts';
import { jsonOf, pageText, postJson, reasonOf } from './http-post.ts';
import { keyText } from './key-text.ts';
import type { Sender, Sent } from './sender.ts';

const EVENTS_URL: SecretRef = { value: 'https://events.pagerduty.com/v2/enqueue' };

/** Longest summary that PagerDuty takes. */
const SUMMARY_CHARS = 1024;

const ACTIONS = {
  firing: 'trigger',
  acknowledged: 'acknowledge',
  over: 'resolve',
  // Nobody has seen that it is over: the alert stays, and says so.
  unknown: 'trigger',
} as const;

export function pagerdutyBody(notice: Notice, routingKey: string): string {
  const { labels, text } = notice;
  const action = ACTIONS[notice.state];
  const head = { routing_key: routingKey, event_action: action, dedup_key: keyText(notice.thread) };
  if (action !== 'trigger') return JSON.stringify(head);
  return JSON.stringify({
    ...head,
    client: 'Outrider',
    ...(text.link === null ? {} : { client_url: text.link, links: [{ href: text.link, text: 'Dashboard' }] }),
    payload: {
      summary: cutText(text.title, SUMMARY_CHARS),
      source: labels.scope ?? 'outrider',
      severity: notice.severity,
      timestamp: notice.at,
      ...(labels.target ? { component: labels.target } : {}),
      ...(labels.region ? { group: labels.region } : {}),
      class: labels.metric ?? notice.event,
      custom_details: {
        ...factsByName(text.facts),
        next: text.next,
        ...('incident' in notice.subject ? { incident: notice.subject.incident.id } : {}),
      },
    },
  });
}

/** `{"status":"success"}` is what it says of what it has taken. */
function refusal(said: string): string | undefined {
  const status = jsonOf(said)?.status;
  return pageText(said) ?? (status === undefined || status === 'success' ? undefined : `status ${status}`);
}

export function pagerdutySender(
  receiver: { readonly routing_key: SecretRef; readonly url?: SecretRef | undefined },
  env: Environment,
): Sender {
  return {
    async send(notice, { signal }): Promise<Sent> {
      try {
        const key = readSecret(receiver.routing_key, env);
        const url = readSecretUrl(receiver.url ?? EVENTS_URL, env);
        return await postJson({
          url,
          body: pagerdutyBody(notice, key),
          signal,
          secrets: [key],
          headers: {},
          refusal,
        });
      } catch (error) {
        return { ok: false, retry: true, reason: reasonOf(error) };
      }
    },
  };
}
