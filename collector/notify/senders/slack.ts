/** Slack and what takes the same: an incoming webhook with blocks. */
import type { Notice } from '../notice.ts';
import { type Environment, readSecretUrl, type SecretRef } from '../secret-ref.ts';
import { postJson, reasonOf } from './http-post.ts';
import type { Sender, Sent } from './sender.ts';

/** Slack's own bounds of a block: a longer text is refused. */
const HEADER_CHARS = 150;
const SECTION_CHARS = 3000;

const clip = (text: string, chars: number): string =>
  text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;

/** What Slack takes for a mark of its own is written out. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Cut so that no escape is cut in two. */
function lines(all: readonly string[]): string {
  let text = '';
  for (const line of all) {
    if (text.length + line.length + 1 > SECTION_CHARS) return text;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}

const COLOURS: Readonly<Record<string, string>> = {
  critical: '#d00000',
  warning: '#e8a000',
};

export function slackBody(notice: Notice): string {
  const { text, state, severity } = notice;
  const facts = lines(text.facts.map(([label, value]) => `*${label}* ${escaped(value)}`));
  const next = lines(text.next.map((command) => `\`${escaped(command)}\``));
  const link = text.link === null ? '' : `<${text.link.replace(/[<>|]/g, encodeURIComponent)}|Dashboard>`;
  const context = [link, `${escaped(notice.route)} · ${escaped(notice.at)}`].filter((part) => part !== '');
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: clip(text.title, HEADER_CHARS) } },
    ...(facts === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: facts } }]),
    ...(next === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: next } }]),
    { type: 'context', elements: [{ type: 'mrkdwn', text: context.join(' · ') }] },
  ];
  const color = state === 'over' ? '#2a9d3a' : (COLOURS[severity] ?? '#808080');
  return JSON.stringify({ text: clip(escaped(text.title), SECTION_CHARS), attachments: [{ color, blocks }] });
}

export function slackSender({ url }: { readonly url: SecretRef }, env: Environment): Sender {
  return {
    async send(notice, { signal }): Promise<Sent> {
      try {
        return await postJson({ url: readSecretUrl(url, env), body: slackBody(notice), signal, headers: {} });
      } catch (error) {
        return { ok: false, retry: true, reason: reasonOf(error) };
      }
    },
  };
}
