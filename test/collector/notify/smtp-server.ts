/** A small mail server over real sockets, with STARTTLS and AUTH; scripted where a test wants it hostile. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../../probes/net/certificates.ts';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, dots taken away again. */
  readonly data: string;
  readonly isSecure: boolean;
  readonly user: string | null;
}

export interface MailServerOptions {
  readonly certificate?: ServerCertificate;
  /** TLS from the first byte. */
  readonly implicit?: boolean;
  readonly auth?: readonly ('PLAIN' | 'LOGIN')[];
  readonly user?: string;
  readonly password?: string;
  /** Answers in place of its own, by the first word of a command; `greeting` for the greeting. */
  readonly says?: Readonly<Record<string, string | undefined>>;
  /** Bytes in the clear right behind the consent to STARTTLS. */
  readonly injected?: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: TakenMail[];
  /** Every line that was heard, as it came. */
  readonly heard: string[];
  close(): Promise<void>;
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const mails: TakenMail[] = [];
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket, isSecure: boolean) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    new MailSession(socket, isSecure, options, mails, heard).begin(true);
  };
  const { certificate, implicit } = options;
  const server: Server =
    implicit && certificate
      ? createTlsServer(certificate, (socket) => serve(socket, true))
      : createServer((socket) => serve(socket, false));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class MailSession {
  readonly #socket: Socket;
  readonly #isSecure: boolean;
  readonly #options: MailServerOptions;
  readonly #mails: TakenMail[];
  readonly #heard: string[];
  #pending = '';
  #data: string[] | undefined;
  #login: string[] | undefined;
  #user: string | null = null;
  #from = '';
  #to: string[] = [];

  constructor(
    socket: Socket,
    isSecure: boolean,
    options: MailServerOptions,
    mails: TakenMail[],
    heard: string[],
  ) {
    this.#socket = socket;
    this.#isSecure = isSecure;
    this.#options = options;
    this.#mails = mails;
    this.#heard = heard;
  }

  begin(greets: boolean): void {
    this.#socket.on('data', this.#onData);
    if (greets) this.#say(this.#options.says?.greeting ?? '220 localhost ESMTP');
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#pending += chunk.toString('latin1');
    for (let end = this.#pending.indexOf('\r\n'); end !== -1; end = this.#pending.indexOf('\r\n')) {
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 2);
      this.#heard.push(line);
      this.#take(line);
    }
  };

  #say(text: string): void {
    this.#socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`);
  }

  #take(line: string): void {
    if (this.#data) this.#takeData(this.#data, line);
    else if (this.#login) this.#takeLogin(this.#login, line);
    else {
      const [verb = ''] = line.split(' ');
      const said = this.#options.says?.[verb.toUpperCase()] ?? this.#answer(verb.toUpperCase(), line);
      if (said !== undefined) this.#say(said);
    }
  }

  /** What it says to a command; undefined where that has been seen to. */
  #answer(verb: string, line: string): string | undefined {
    switch (verb) {
      case 'EHLO':
        return this.#offer();
      case 'STARTTLS':
        return this.#startTls();
      case 'AUTH':
        return this.#authenticate(line.split(' ').slice(1));
      case 'MAIL':
        this.#from = line.slice('MAIL FROM:<'.length, -1);
        this.#to = [];
        return '250 OK';
      case 'RCPT':
        return this.#recipient(line.slice('RCPT TO:<'.length, -1));
      case 'DATA':
        this.#data = [];
        return '354 Go on';
      case 'QUIT':
        this.#socket.end('221 Bye\r\n');
        return undefined;
      default:
        return '500 What?';
    }
  }

  #recipient(address: string): string {
    if (address.startsWith('nobody@')) return '550 5.1.1 No such user';
    if (address.startsWith('full@')) return '452 4.2.2 Mailbox full';
    this.#to.push(address);
    return '250 OK';
  }

  #offer(): string {
    const { auth, certificate, implicit } = this.#options;
    const lines = ['localhost', 'SIZE 1000000'];
    if (certificate && !implicit && !this.#isSecure) lines.push('STARTTLS');
    if (auth) lines.push(`AUTH ${auth.join(' ')}`);
    return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\n');
  }

  #startTls(): string | undefined {
    const { certificate, injected = '' } = this.#options;
    if (!certificate) return '502 No';
    this.#socket.off('data', this.#onData);
    this.#socket.write(`220 Go on\r\n${injected}`);
    const secureContext = createSecureContext(certificate);
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext });
    secure.on('error', () => undefined);
    new MailSession(secure, true, this.#options, this.#mails, this.#heard).begin(false);
    return undefined;
  }

  #authenticate([way = '', given = '']: readonly string[]): string {
    if (way === 'LOGIN') {
      this.#login = [];
      return `334 ${Buffer.from('Username:').toString('base64')}`;
    }
    const [, user = '', password = ''] = Buffer.from(given, 'base64').toString().split('\0');
    return this.#judge(user, password);
  }

  #takeLogin(given: string[], line: string): void {
    given.push(Buffer.from(line, 'base64').toString());
    const [user = '', password] = given;
    if (password !== undefined) this.#login = undefined;
    const more = `334 ${Buffer.from('Password:').toString('base64')}`;
    this.#say(password === undefined ? more : this.#judge(user, password));
  }

  #judge(user: string, password: string): string {
    const isRight = user === this.#options.user && password === this.#options.password;
    if (isRight) this.#user = user;
    return isRight ? '235 Welcome' : '535 5.7.8 No';
  }

  #takeData(lines: string[], line: string): void {
    if (line !== '.') {
      lines.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    this.#data = undefined;
    const isSecure = this.#isSecure;
    const said = this.#options.says?.['.'];
    if (said === undefined)
      this.#mails.push({
        from: this.#from,
        to: this.#to,
        data: lines.join('\r\n'),
        isSecure,
        user: this.#user,
      });
    this.#say(said ?? '250 Taken');
  }
}
