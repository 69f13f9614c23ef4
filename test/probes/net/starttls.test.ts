import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Conversation } from '../../../probes/net/conversation.ts';
import {
  STARTTLS_LIMITS,
  STARTTLS_PROTOCOLS,
  type StarttlsProtocol,
  startTls,
} from '../../../probes/net/starttls.ts';
import type { Failure } from '../../../probes/outcome.ts';
import { startScriptedServer } from './scripted-server.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const LDAP_REQUEST = Buffer.from(
  '301d02010177188016312e332e362e312e342e312e313436362e3230303337',
  'hex',
).toString('latin1');
const LDAP_CONSENT = Buffer.from('300c02010178070a010004000400', 'hex').toString('latin1');
const LDAP_REFUSAL = Buffer.from('300c02010178070a010204000400', 'hex').toString('latin1');
/** The same consent with the four-byte lengths that Active Directory writes. */
const LDAP_LONG_CONSENT = Buffer.from('3084000000100201017884000000070a010004000400', 'hex').toString(
  'latin1',
);
const POSTGRES_REQUEST = '\x00\x00\x00\x08\x04\xd2\x16\x2f';

type Turn = readonly [asked: string, answer: string];

/** Answers what it is asked in this order; the first answer comes unasked where nothing is asked for it. */
async function ask(
  protocol: StarttlsProtocol,
  turns: readonly Turn[],
  bytewise = false,
): Promise<Failure | undefined> {
  const script = (socket: Socket) => {
    const left = [...turns];
    let asked = '';
    const say = (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      if (!bytewise) return void socket.write(bytes);
      socket.setNoDelay(true);
      let at = 0;
      const next = () => {
        if (at < bytes.length && !socket.destroyed)
          socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    };
    const turn = () => {
      const [wanted, answer] = left[0] ?? ['nothing', ''];
      if (asked !== wanted) return;
      left.shift();
      asked = '';
      say(answer);
    };
    socket.on('data', (data: Buffer) => {
      asked += data.toString('latin1');
      turn();
    });
    turn();
  };
  const server = await startScriptedServer(script);
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  closers.push(
    () => server.close(),
    () => socket.destroy(),
  );
  const signal = AbortSignal.timeout(5000);
  return startTls(
    new Conversation(socket, { signal, maxBytes: STARTTLS_LIMITS.answerBytes.value }),
    protocol,
  );
}

const CONSENTS: Readonly<Record<StarttlsProtocol, readonly Turn[]>> = {
  raw: [],
  smtp: [
    ['', '220-mail\r\n220 ready\r\n'],
    ['EHLO outrider.invalid\r\n', '250-mail\r\n250-STARTTLS\r\n250 SIZE\r\n'],
    ['STARTTLS\r\n', '220 2.0.0 go\r\n'],
  ],
  imap: [
    ['', '* OK [CAPABILITY STARTTLS] ready\r\n'],
    ['a1 STARTTLS\r\n', '* a1 OK not yet\r\na1 OK now\r\n'],
  ],
  pop3: [
    ['', '+OK ready\r\n'],
    ['STLS\r\n', '+OK now\r\n'],
  ],
  ftp: [
    ['', '220-hello\r\n220 ready\r\n'],
    ['AUTH TLS\r\n', '234 now\r\n'],
  ],
  postgres: [[POSTGRES_REQUEST, 'S']],
  ldap: [[LDAP_REQUEST, LDAP_CONSENT]],
};

describe('a server that starts TLS', () => {
  it.each(STARTTLS_PROTOCOLS)('by %s is understood', async (protocol) => {
    expect(await ask(protocol, CONSENTS[protocol])).toBeUndefined();
  });

  it.each(STARTTLS_PROTOCOLS)('by %s is understood byte by byte', async (protocol) => {
    expect(await ask(protocol, CONSENTS[protocol], true)).toBeUndefined();
  });

  it('by LDAP may write its lengths in full', async () => {
    expect(await ask('ldap', [[LDAP_REQUEST, LDAP_LONG_CONSENT]])).toBeUndefined();
  });
});

describe('a server that does not', () => {
  it.each<[StarttlsProtocol, readonly Turn[]]>([
    ['smtp', [['', '554 no service\r\n']]],
    ['smtp', [...CONSENTS.smtp.slice(0, 2), ['STARTTLS\r\n', '454 not now\r\n']]],
    ['imap', [['', '* BYE\r\n']]],
    ['imap', [...CONSENTS.imap.slice(0, 1), ['a1 STARTTLS\r\n', 'a1 BAD what\r\n']]],
    ['pop3', [...CONSENTS.pop3.slice(0, 1), ['STLS\r\n', '-ERR what\r\n']]],
    ['ftp', [...CONSENTS.ftp.slice(0, 1), ['AUTH TLS\r\n', '502 what\r\n']]],
    ['postgres', [[POSTGRES_REQUEST, 'N']]],
    ['ldap', [[LDAP_REQUEST, LDAP_REFUSAL]]],
  ])('by %s says so', async (protocol, turns) => {
    expect(await ask(protocol, turns)).toMatchObject({ layer: 'tls', blame: 'target', code: 'unexpected' });
  });

  it.each<[StarttlsProtocol, readonly Turn[]]>([
    ['smtp', [...CONSENTS.smtp.slice(0, 2), ['STARTTLS\r\n', '220 go\r\n250 injected\r\n']]],
    ['postgres', [[POSTGRES_REQUEST, 'Sinjected']]],
    ['ldap', [[LDAP_REQUEST, `${LDAP_CONSENT}injected`]]],
  ])('by %s and injects something is not believed', async (protocol, turns) => {
    expect(await ask(protocol, turns)).toMatchObject({ layer: 'tls', code: 'bad_response' });
  });
});
