/** Mail, handed to a relay by SMTP. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { NOTIFY_LIMITS } from '../limits.ts';
import { type Environment, readSecret, type SecretRef, without } from '../secret-ref.ts';
import { reasonOf } from './http-post.ts';
import { mailMessage } from './mail-message.ts';
import type { Sender, Sent } from './sender.ts';
import { type SmtpServer, sendMail } from './smtp-client.ts';
import { SmtpError } from './smtp-conversation.ts';

export interface EmailReceiver {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpServer['security'];
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: SecretRef | undefined;
  readonly password?: SecretRef | undefined;
  /** A file of PEM. */
  readonly ca_file?: string | undefined;
}

export function emailSender(receiver: EmailReceiver, env: Environment): Sender {
  const { ca_file, from, host, port, security, to } = receiver;
  // A relay looks at the name; one that is none of the DNS is told as such (RFC 5321 §4.1.3).
  const name = hostname().replace(/[^\w.-]+/g, '-') || '[127.0.0.1]';
  // Of mails that some have got: who has not yet. Forgotten with the process; then those who have it get it again, under the same Message-ID.
  const left = new Map<string, { readonly to: readonly string[]; readonly refused: readonly string[] }>();
  return {
    async send(notice, { signal }): Promise<Sent> {
      const secrets: string[] = [];
      try {
        const read = (ref: SecretRef): string => {
          const text = readSecret(ref, env);
          secrets.push(text);
          return text;
        };
        const auth =
          receiver.user && receiver.password
            ? { auth: { user: read(receiver.user), password: read(receiver.password) } }
            : {};
        const ca = ca_file === undefined ? {} : { ca: readFileSync(ca_file, 'utf8') };
        const message = mailMessage(notice, { from, to });
        const server = { host, port, security, ...auth, ...ca };
        const before = left.get(notice.id) ?? { to, refused: [] };
        const taken = await sendMail(server, { from, to: before.to, message }, { signal, name });
        const refused = [...before.refused, ...taken.refused];
        left.delete(notice.id);
        if (taken.later.length > 0) {
          if (left.size >= NOTIFY_LIMITS.queue.value) left.clear();
          left.set(notice.id, { to: taken.later, refused });
          return { ok: false, retry: true, reason: `not yet taken for ${taken.later.join(', ')}` };
        }
        return { ok: true, ...(refused.length === 0 ? {} : { note: `refused: ${refused.join(', ')}` }) };
      } catch (error) {
        const retry = !(error instanceof SmtpError) || error.retry;
        return { ok: false, retry, reason: without(reasonOf(error), secrets) };
      }
    },
  };
}
