/** A notice as a mail: header and body in ASCII (RFC 5322, 2045, 2047). Pure. */
import type { Notice } from '../notice.ts';
import { plainText } from '../notice-text.ts';
import { keyText } from './key-text.ts';

/** Bytes of one encoded word: 75 characters of it at most (RFC 2047 §2), whole characters in each. */
const WORD_BYTES = 42;

/** Text of a header: as it is where that is ASCII, else in encoded words, folded. Line ends cannot come through. */
export function headerText(text: string): string {
  const line = text.replace(/[\p{Cc}]+/gu, ' ').trim();
  if (/^[\x20-\x7e]*$/.test(line) && line.length < 900 && !line.includes('=?')) return line;
  const words: string[] = [];
  let word = '';
  for (const character of line) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join('\r\n ');
}

/** RFC 5322 §3.3, in UTC. */
const dateText = (text: string): string => new Date(text).toUTCString().replace('GMT', '+0000');

/** The same for the same message, so that readers who get it twice see it once. */
const messageId = (name: string, domain: string): string =>
  `<${keyText(name).replace(/[^\w.-]+/g, '.')}@${domain}>`;

export function mailMessage(
  notice: Notice,
  { from, to }: { readonly from: string; readonly to: readonly string[] },
): string {
  const domain = from.split('@').at(-1) ?? 'outrider.invalid';
  const root = messageId(`${notice.thread}#1`, domain);
  const id = messageId(notice.id, domain);
  const body = plainText(notice.text);
  const isPlain = /^[\x20-\x7e\n]*$/.test(body) && body.split('\n').every((line) => line.length < 900);
  const encoded = isPlain
    ? body.replaceAll('\n', '\r\n')
    : (
        Buffer.from(body.replaceAll('\n', '\r\n'))
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\r\n');
  return [
    `From: Outrider <${from}>`,
    `To: ${to.join(',\r\n ')}`,
    `Subject: ${headerText(notice.text.title)}`,
    `Date: ${dateText(notice.at)}`,
    `Message-ID: ${id}`,
    // Readers show a conversation by these, and answering machines keep quiet (RFC 3834 §5).
    ...(id === root ? [] : [`In-Reply-To: ${root}`, `References: ${root}`]),
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${isPlain ? '7bit' : 'base64'}`,
    '',
    encoded,
  ].join('\r\n');
}
