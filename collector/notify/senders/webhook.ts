/** Other programs: POST of `{event, incident, …}` or `{event, alarm, …}`, as the API gives them, signed by HMAC. */
import { createHmac } from 'node:crypto';
import type { Notice } from '../notice.ts';
import { type Environment, readSecret, readSecretUrl, type SecretRef } from '../secret-ref.ts';
import { postJson, reasonOf } from './http-post.ts';
import { keyText } from './key-text.ts';
import type { Sender, Sent } from './sender.ts';

/** `sha256=<hex>` over the exact bytes of the body: what a receiver compares with. */
export function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** The body: the event and its subject first, as they always were, and what is known of the conversation beside them. */
export function webhookBody(notice: Notice): string {
  const {
    event,
    subject,
    ack,
    at,
    id,
    others,
    others_left_out,
    reasons,
    route,
    seq,
    text,
    thread,
    truncated,
  } = notice;
  const about = {
    id,
    thread,
    seq,
    at,
    route,
    reasons,
    title: text.title,
    ack,
    others,
    others_left_out,
    truncated,
  };
  return JSON.stringify({ event, ...subject, notice: about });
}

export function webhookSender(
  { secret, url }: { readonly url: SecretRef; readonly secret?: SecretRef | undefined },
  env: Environment,
): Sender {
  return {
    async send(notice, { signal }): Promise<Sent> {
      const body = webhookBody(notice);
      try {
        const key = secret && readSecret(secret, env);
        return await postJson({
          url: readSecretUrl(url, env),
          body,
          signal,
          secrets: key ? [key] : [],
          headers: {
            'user-agent': 'Outrider (webhook)',
            'x-outrider-event': notice.event,
            'idempotency-key': keyText(notice.id),
            ...(key ? { 'x-outrider-signature': signatureOf(key, body) } : {}),
          },
        });
      } catch (error) {
        return { ok: false, retry: true, reason: reasonOf(error) };
      }
    },
  };
}
