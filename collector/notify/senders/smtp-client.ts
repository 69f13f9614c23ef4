/**
 * The part of SMTP that handing a mail to a relay needs (RFC 5321), with STARTTLS (RFC 3207), AUTH PLAIN and LOGIN (RFC 4954). One mail a
 * connection, no pipelining, no 8-bit or international addresses. What it cannot do safely it does not do: no password in the clear, no
 * mail in the clear where TLS was asked for.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { SmtpConversation, SmtpError } from './smtp-conversation.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls`: required, not merely taken when offered. `tls`: from the first byte. `none`: for a relay on this machine. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly auth?: { readonly user: string; readonly password: string };
  /** PEM of what signs the certificate of the server, where it is not publicly known. */
  readonly ca?: string;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body, lines ended by CR LF, none longer than 998 bytes. */
  readonly message: string;
}

/** Addresses that were not taken while others were. */
export interface NotTaken {
  /** For good. */
  readonly refused: readonly string[];
  /** For now: a mailbox that is full, a relay that wants to see us again. */
  readonly later: readonly string[];
}

/** Delivers a mail. Rejects with an `SmtpError` or what the socket says when nobody gets it. */
export async function sendMail(
  server: SmtpServer,
  envelope: Envelope,
  options: { readonly signal: AbortSignal; readonly name: string },
): Promise<NotTaken> {
  const { signal, name } = options;
  signal.throwIfAborted();
  const sockets: Socket[] = [];
  const cut = () => {
    for (const socket of sockets) socket.destroy(new Error('it took too long'));
  };
  signal.addEventListener('abort', cut, { once: true });
  try {
    const talk = await begin(server, name, sockets);
    if (server.auth) await authenticate(talk, server.auth, server.security);
    const notTaken = await hand(talk, envelope);
    // The mail is theirs now, whatever becomes of the farewell.
    await talk.command('QUIT', [221]).catch(() => undefined);
    return notTaken;
  } finally {
    signal.removeEventListener('abort', cut);
    for (const socket of sockets) socket.destroy();
  }
}

const secureOptions = ({ ca, host }: SmtpServer) => ({
  ...(isIP(host) ? {} : { servername: host }),
  ...(ca === undefined ? {} : { ca }),
  minVersion: 'TLSv1.2' as const,
});

function opened(socket: Socket | TLSSocket, event: 'connect' | 'secureConnect'): Promise<void> {
  // Whoever listens for what it does has come and gone when it fails once more.
  socket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.removeListener('error', reject);
      resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** Greeting and EHLO, over TLS where that was asked for. */
async function begin(server: SmtpServer, name: string, sockets: Socket[]): Promise<SmtpConversation> {
  const { host, port, security } = server;
  const first =
    security === 'tls' ? connectTls({ host, port, ...secureOptions(server) }) : connectPlain({ host, port });
  sockets.push(first);
  await opened(first, security === 'tls' ? 'secureConnect' : 'connect');
  const talk = new SmtpConversation(first);
  await talk.reply([220]);
  await talk.hello(name);
  if (security !== 'starttls') return talk;
  if (!talk.extensions.has('STARTTLS'))
    // Tried again: somebody on the way who takes the offer out must not make us drop it.
    throw new SmtpError('it offers no STARTTLS, and the mail is not sent in the clear', true);
  await talk.command('STARTTLS', [220]);
  // What came in the clear before the handshake might be anybody's (CVE-2011-0411).
  talk.leave();
  const secure = connectTls({ socket: first, ...secureOptions(server) });
  sockets.push(secure);
  await opened(secure, 'secureConnect');
  const again = new SmtpConversation(secure);
  await again.hello(name);
  return again;
}

async function authenticate(
  talk: SmtpConversation,
  { password, user }: NonNullable<SmtpServer['auth']>,
  security: SmtpServer['security'],
): Promise<void> {
  if (security === 'none') throw new SmtpError('no password is sent in the clear', false);
  const ways = talk.extensions.get('AUTH') ?? [];
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  if (ways.includes('PLAIN')) {
    await talk.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, [235], 'AUTH PLAIN');
  } else if (ways.includes('LOGIN')) {
    await talk.command('AUTH LOGIN', [334]);
    await talk.command(base64(user), [334], 'the user of AUTH LOGIN');
    await talk.command(base64(password), [235], 'the password of AUTH LOGIN');
  } else throw new SmtpError('it offers neither AUTH PLAIN nor AUTH LOGIN', false);
}

/** Addresses come from configuration, and still must not carry a command of their own. */
const ADDRESS = /^[^\s<>\r\n\u0080-\u{10ffff}]+@[^\s<>\r\n\u0080-\u{10ffff}]+$/u;

async function hand(talk: SmtpConversation, { from, message, to }: Envelope): Promise<NotTaken> {
  for (const address of [from, ...to])
    if (!ADDRESS.test(address))
      throw new SmtpError(`${JSON.stringify(address)} is no address of mail`, false);
  await talk.command(`MAIL FROM:<${from}>`, [250], 'MAIL FROM');
  const [refused, later]: [string[], string[]] = [[], []];
  let last: SmtpError | undefined;
  for (const address of to) {
    try {
      await talk.command(`RCPT TO:<${address}>`, [250, 251], 'RCPT TO');
    } catch (error) {
      if (!(error instanceof SmtpError) || error.code === undefined) throw error;
      (error.retry ? later : refused).push(address);
      last = last && !last.retry ? error : (last ?? error);
    }
  }
  if (last && refused.length + later.length === to.length) throw last;
  await talk.command('DATA', [354]);
  await talk.command(`${dotStuffed(message)}\r\n.`, [250], 'the mail');
  return { refused, later };
}

/** A line that begins with a dot gets another one before it (RFC 5321 §4.5.2). Ends without the last CR LF. */
export function dotStuffed(message: string): string {
  return message
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => (line.startsWith('.') ? `.${line}` : line))
    .join('\r\n');
}
