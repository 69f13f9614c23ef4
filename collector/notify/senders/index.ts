/** The sender of each kind of receiver. */
import type { Environment, SecretRef } from '../secret-ref.ts';
import { msOf, type ReceiverSettings } from '../settings.ts';
import { alertmanagerSender } from './alertmanager.ts';
import { emailSender } from './email.ts';
import { pagerdutySender } from './pagerduty.ts';
import type { Sender } from './sender.ts';
import { slackSender } from './slack.ts';
import { webhookSender } from './webhook.ts';

/** A receiver of a file, or a webhook of the command line. */
export type Receiver =
  | ReceiverSettings
  | { readonly name: string; readonly type: 'webhook'; readonly url: SecretRef; readonly secret?: SecretRef };

export function senderOf(receiver: Receiver, env: Environment): Sender {
  switch (receiver.type) {
    case 'webhook':
      return webhookSender(receiver, env);
    case 'slack':
      return slackSender(receiver, env);
    case 'pagerduty':
      return pagerdutySender(receiver, env);
    case 'alertmanager': {
      const { hold, labels, url } = receiver;
      return alertmanagerSender({ url, labels, holdMs: msOf(hold) }, env);
    }
    case 'email':
      return emailSender(receiver, env);
  }
}
