/** From plain text to TLS in the middle of a connection, by the commands of its protocol. */
import type { Failure } from '../outcome.ts';
import { type Conversation, excerptOf, type Recognise, unheardFailure } from './conversation.ts';

/** `raw`: TLS from the first byte, with no command before it. */
export const STARTTLS_PROTOCOLS = ['raw', 'smtp', 'imap', 'pop3', 'ftp', 'postgres', 'ldap'] as const;
export type StarttlsProtocol = (typeof STARTTLS_PROTOCOLS)[number];

interface Turn {
  readonly send?: Buffer;
  readonly what: string;
  readonly hear: Recognise;
  /** Whether the answer agrees. */
  readonly agrees: (answer: Buffer) => boolean;
}

/** The last line of a reply of SMTP and FTP has a blank after its code (RFC 5321 §4.2.1); the lines before it a dash. */
const codedReply: Recognise = (pending) => {
  const match = /(?:^|\n)\d{3}(?: [^\n]*)?\r?\n/.exec(pending.toString('latin1'));
  return match ? match.index + match[0].length : undefined;
};

const line: Recognise = (pending) => {
  const end = pending.indexOf(0x0a);
  return end === -1 ? undefined : end + 1;
};

/** Untagged lines may come before the tagged answer (RFC 3501 §2.2.2). */
const taggedLine: Recognise = (pending) => {
  const match = /(?:^|\n)a1 [^\n]*\n/.exec(pending.toString('latin1'));
  return match ? match.index + match[0].length : undefined;
};

const oneByte: Recognise = (pending) => (pending.length > 0 ? 1 : undefined);

/** One BER element with a short or a two-byte length. */
const berElement: Recognise = (pending) => {
  const first = pending[1];
  if (first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 2) return pending.length;
  if (pending.length < 2 + octets) return undefined;
  const length = octets === 0 ? first : pending.readUIntBE(2, octets);
  return pending.length < 2 + octets + length ? undefined : 2 + octets + length;
};

function coded(code: string, what: string, send?: string): Turn {
  return {
    ...(send === undefined ? {} : { send: Buffer.from(send) }),
    what,
    hear: codedReply,
    agrees: (answer) => new RegExp(`(?:^|\\n)${code} ?[^\\n]*\\r?\\n$`).test(answer.toString('latin1')),
  };
}

function begins(text: string, what: string, hear: Recognise, send?: Buffer): Turn {
  return {
    ...(send === undefined ? {} : { send }),
    what,
    hear,
    agrees: (answer) => answer.toString('latin1').toUpperCase().includes(text),
  };
}

/** RFC 4511 §4.14: ExtendedRequest 1.3.6.1.4.1.1466.20037, message 1. */
const LDAP_START_TLS = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);

/** SSLRequest: its length, and a number that is no version of the protocol (PostgreSQL documentation §54.7). */
const POSTGRES_SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

const TURNS: Readonly<Record<StarttlsProtocol, readonly Turn[]>> = {
  raw: [],
  smtp: [
    coded('220', 'the greeting'),
    coded('250', 'the answer to EHLO', 'EHLO outrider.invalid\r\n'),
    coded('220', 'the answer to STARTTLS', 'STARTTLS\r\n'),
  ],
  imap: [
    begins('* OK', 'the greeting', line),
    begins('A1 OK', 'the answer to STARTTLS', taggedLine, Buffer.from('a1 STARTTLS\r\n')),
  ],
  pop3: [
    begins('+OK', 'the greeting', line),
    begins('+OK', 'the answer to STLS', line, Buffer.from('STLS\r\n')),
  ],
  ftp: [coded('220', 'the greeting'), coded('234', 'the answer to AUTH TLS', 'AUTH TLS\r\n')],
  postgres: [
    {
      send: POSTGRES_SSL_REQUEST,
      what: 'the answer to SSLRequest',
      hear: oneByte,
      agrees: (answer) => answer[0] === 0x53,
    },
  ],
  ldap: [
    {
      send: LDAP_START_TLS,
      what: 'the answer to StartTLS',
      hear: berElement,
      // LDAPMessage { id 1, ExtendedResponse [APPLICATION 24] { resultCode ENUMERATED 0 … } }, with short or long lengths.
      agrees: (answer) => /02010178(?:[0-7].|81..|82.{4}|84.{8})0a0100/.test(answer.toString('hex')),
    },
  ],
};

export const STARTTLS_LIMITS = {
  answerBytes: {
    value: 8192,
    reason: 'A greeting with all that a mail server can do is some hundred bytes.',
    past: 'The run fails with too_large.',
  },
} as const;

/**
 * Brings the peer to where the TLS handshake begins; undefined when it is there. Bytes that come unencrypted after its consent fail
 * the run: a client that took them for encrypted ones would believe whoever injected them (CVE-2011-0411).
 */
export async function startTls(
  conversation: Conversation,
  protocol: StarttlsProtocol,
): Promise<Failure | undefined> {
  for (const turn of TURNS[protocol]) {
    if (turn.send) conversation.send(turn.send);
    const heard = await conversation.hear(turn.hear);
    if (!heard.ok) return unheardFailure(heard, turn.what, STARTTLS_LIMITS.answerBytes.value);
    if (turn.agrees(heard.bytes)) continue;
    return {
      layer: 'tls',
      blame: 'target',
      code: 'unexpected',
      message: `The peer does not start TLS: ${turn.what} was ${excerptOf(heard.bytes)}.`,
    };
  }
  if (conversation.unheardBytes === 0 || protocol === 'raw') return undefined;
  return {
    layer: 'tls',
    blame: 'target',
    code: 'bad_response',
    message: `The peer sent ${conversation.unheardBytes} more bytes in the clear after it agreed to TLS.`,
  };
}
