/** Slack and what takes the same: an incoming webhook with blocks. */
import type { Notice } from '../notice.ts';
import { cutText } from '../notice-text.ts';
import { type Environment, readSecretUrl, type SecretRef } from '../secret-ref.ts';
import { jsonOf, postJson, reasonOf } from './http-post.ts';
import type { Sender, Sent } from './sender.ts';

/** Slack's own bounds of a block: a longer text is refused. */
const HEADER_CHARS = 150;
const SECTION_CHARS = 3000;

/** What Slack takes for a mark of its own is written out. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What is too long is left out whole, so that no escape is cut in two. */
function lines(all: readonly string[]): string {
  let text = '';
  for (const line of all) {
    if (text.length + line.length + 1 > SECTION_CHARS) continue;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** `verbatim`: no name, address or `@here` in it is made a link or a mention. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });

const COLOURS: Readonly<Record<string, string>> = {
  critical: '#d00000',
  warning: '#e8a000',
};

export function slackBody(notice: Notice): string {
  const { text, state, severity } = notice;
  const facts = lines(text.facts.map(([label, value]) => `*${label}* ${escaped(value)}`));
  const next = lines(text.next.map((command) => `\`${escaped(command.replaceAll('`', "'"))}\``));
  const link = text.link === null ? '' : `<${text.link.replace(/[<>|]/g, encodeURIComponent)}|Dashboard>`;
  const context = [link, `${escaped(notice.route)} · ${escaped(notice.at)}`].filter((part) => part !== '');
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cutText(text.title, HEADER_CHARS) } },
    ...(facts === '' ? [] : [{ type: 'section', text: mrkdwn(facts) }]),
    ...(next === '' ? [] : [{ type: 'section', text: mrkdwn(next) }]),
    { type: 'context', elements: [mrkdwn(context.join(' · '))] },
  ];
  const color = state === 'over' ? '#2a9d3a' : (COLOURS[severity] ?? '#808080');
  return JSON.stringify({ text: escaped(text.title), attachments: [{ color, blocks }] });
}

/** `ok` is what it says of what it has taken; others that take the same answer `{"ok":false,"error":…}` with 200. */
function refusal(said: string): string | undefined {
  const { ok, error } = jsonOf(said) ?? {};
  return ok === false ? `${error ?? 'not ok'}` : undefined;
}

export function slackSender({ url }: { readonly url: SecretRef }, env: Environment): Sender {
  return {
    async send(notice, { signal }): Promise<Sent> {
      try {
        return await postJson({
          url: readSecretUrl(url, env),
          body: slackBody(notice),
          signal,
          headers: {},
          refusal,
        });
      } catch (error) {
        return { ok: false, retry: true, reason: reasonOf(error) };
      }
    },
  };
}
