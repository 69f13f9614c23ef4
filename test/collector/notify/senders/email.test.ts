import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '../../../../collector/notify/notice.ts';
import { type EmailReceiver, emailSender } from '../../../../collector/notify/senders/email.ts';
import { headerText, mailMessage } from '../../../../collector/notify/senders/mail-message.ts';
import { dotStuffed, sendMail } from '../../../../collector/notify/senders/smtp-client.ts';
import { makeAuthority, makeCertificate, type ServerCertificate } from '../../../probes/net/certificates.ts';
import { noticeFor } from '../notices.ts';
import { type MailServer, type MailServerOptions, startMailServer } from '../smtp-server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'outrider-mail-'));
const caFile = join(scratch, 'ca.pem');
let certificate: ServerCertificate;
const servers: MailServer[] = [];

beforeAll(() => {
  const authority = makeAuthority('mail');
  certificate = makeCertificate({ names: ['localhost'], authority });
  writeFileSync(caFile, authority.cert);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const listen = async (options: MailServerOptions = {}): Promise<MailServer> => {
  const server = await startMailServer(options);
  servers.push(server);
  return server;
};

const ENV = { MAIL_USER: 'outrider', MAIL_PASSWORD: 'p4ssw0rd' };
const AUTH = { user: { env: 'MAIL_USER' }, password: { env: 'MAIL_PASSWORD' } };
const KNOWN = { user: 'outrider', password: 'p4ssw0rd' };

function send(port: number, more: Partial<EmailReceiver> = {}, notice: Notice = noticeFor(), ms = 5000) {
  const receiver: EmailReceiver = {
    host: 'localhost',
    port,
    security: 'starttls',
    from: 'outrider@example.net',
    to: ['sre@example.net', 'boss@example.net'],
    ca_file: caFile,
    ...more,
  };
  return emailSender(receiver, ENV).send(notice, { signal: AbortSignal.timeout(ms), nowMs: 0 });
}

/** Header fields of a mail, unfolded, and its body as text. */
function read(data: string): { fields: Map<string, string>; body: string } {
  const [head = '', ...rest] = data.split('\r\n\r\n');
  const fields = new Map(
    head
      .replace(/\r\n[ \t]/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
  );
  const raw = rest.join('\r\n\r\n');
  const isBase64 = fields.get('Content-Transfer-Encoding') === 'base64';
  return { fields, body: isBase64 ? Buffer.from(raw, 'base64').toString() : raw };
}

describe('a mail', () => {
  it('is handed over by STARTTLS, to all, with what people read as its text', async () => {
    const { mails, port, heard } = await listen({ certificate });
    expect(await send(port)).toEqual({ ok: true });
    const [mail] = mails;
    expect(mail).toMatchObject({
      from: 'outrider@example.net',
      to: ['sre@example.net', 'boss@example.net'],
      isSecure: true,
    });
    const { body, fields } = read(mail?.data ?? '');
    expect(fields.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(fields.get('Auto-Submitted')).toBe('auto-generated');
    expect(body).toContain('Blame     target\r\n');
    expect(body).toContain('ttfb_ms 12.5 ms → 415 ms');
    expect(heard.slice(0, 3).map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS', 'EHLO']);
    expect(heard.at(-1)).toBe('QUIT');
  });

  it('is handed over by TLS from the first byte', async () => {
    const { mails, port } = await listen({ certificate, implicit: true });
    expect(await send(port, { security: 'tls' })).toEqual({ ok: true });
    expect(mails[0]?.isSecure).toBe(true);
  });

  it.each(['PLAIN', 'LOGIN'] as const)(
    'is handed over after AUTH %s, which is heard over TLS alone',
    async (way) => {
      const { mails, port } = await listen({ certificate, auth: [way], ...KNOWN });
      expect(await send(port, AUTH)).toEqual({ ok: true });
      expect(mails[0]).toMatchObject({ user: 'outrider', isSecure: true });
    },
  );

  it('is refused with a wrong password, and nobody is told which', async () => {
    const { mails, port } = await listen({
      certificate,
      auth: ['PLAIN'],
      user: 'outrider',
      password: 'other',
    });
    const sent = await send(port, AUTH);
    expect(sent).toMatchObject({ ok: false, retry: false, reason: 'it answers 535 to AUTH PLAIN: 5.7.8 No' });
    expect(JSON.stringify(sent)).not.toMatch(/p4ssw0rd|cDRzc3cwcmQ/);
    expect(mails).toEqual([]);
  });

  it('is not sent in the clear where STARTTLS was asked for and is not offered', async () => {
    const { heard, mails, port } = await listen();
    // Tried again: somebody on the way who takes the offer out must not make it dropped.
    expect(await send(port, AUTH)).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringContaining('no STARTTLS'),
    });
    expect([mails, heard.filter((line) => /AUTH|MAIL/.test(line))]).toEqual([[], []]);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const { mails, port } = await listen({ certificate });
    const other = join(scratch, 'other.pem');
    writeFileSync(other, makeAuthority('somebody else').cert);
    expect(await send(port, { ca_file: other })).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringMatching(/self.signed|certificate|verify/i),
    });
    expect(mails).toEqual([]);
  });

  it('is not sent where something was said in the clear behind the consent to STARTTLS', async () => {
    const { mails, port } = await listen({ certificate, injected: '250 I am whoever you like\r\n' });
    expect(await send(port)).toMatchObject({ ok: false });
    expect(mails).toEqual([]);
  });

  it('sends no password in the clear, even where it is told to use no TLS', async () => {
    const { heard, port } = await listen({ auth: ['PLAIN'], ...KNOWN });
    expect(await send(port, { ...AUTH, security: 'none' })).toMatchObject({
      ok: false,
      retry: false,
      reason: 'no password is sent in the clear',
    });
    expect(heard.some((line) => line.startsWith('AUTH'))).toBe(false);
  });

  it.each([
    ['a relay that is overloaded', { greeting: '421 Later' }, true, /421 to the connection/],
    ['a relay that does not want it', { MAIL: '550 Not from you' }, false, /550 to MAIL FROM/],
    ['a mail that is not taken now', { '.': '451 Later' }, true, /451 to the mail/],
    ['a mail that is not taken', { '.': '554 Spam' }, false, /554 to the mail/],
    ['something that is no mail server', { greeting: 'HTTP/1.1 200 OK' }, true, /does not speak SMTP/],
    ['one that answers without end', { EHLO: `250-${'x'.repeat(20_000)}` }, true, /without end/],
    [
      'replies of many lines',
      { greeting: '220-one\n220-two\n220 three', MAIL: '550-no\n550 never' },
      false,
      /550 to MAIL FROM: no never/,
    ],
  ])('to %s is tried again where that can help', async (_, says, retry, reason) => {
    const { mails, port } = await listen({ says });
    expect(await send(port, { security: 'none' })).toMatchObject({
      ok: false,
      retry,
      reason: expect.stringMatching(reason),
    });
    expect(mails).toEqual([]);
  });

  it('goes to those who are taken, and says who was not', async () => {
    const { mails, port } = await listen();
    const to = ['nobody@example.net', 'sre@example.net'];
    expect(await send(port, { security: 'none', to })).toEqual({
      ok: true,
      note: 'refused: nobody@example.net',
    });
    expect(mails[0]?.to).toEqual(['sre@example.net']);
    expect(await send(port, { security: 'none', to: ['nobody@example.net'] })).toMatchObject({
      ok: false,
      retry: false,
    });
    expect(
      await send(port, { security: 'none', to: ['nobody@example.net', 'full@example.net'] }),
    ).toMatchObject({ ok: false, retry: true });
  });

  it('that some have got is tried again for those alone who are to get it later, and each has it once', async () => {
    const { heard, mails, port } = await listen();
    const to = ['sre@example.net', 'full@example.net', 'nobody@example.net'];
    const receiver = { host: 'localhost', port, security: 'none', from: 'o@example.net', to } as const;
    const sender = emailSender(receiver, ENV);
    const attempt = () => sender.send(noticeFor(), { signal: AbortSignal.timeout(5000), nowMs: 0 });
    const first = await attempt();
    expect(first).toEqual({ ok: false, retry: true, reason: 'not yet taken for full@example.net' });
    expect(await attempt()).toMatchObject({ ok: false, retry: true });
    expect(heard.filter((line) => line.startsWith('RCPT'))).toEqual([
      ...to.map((address) => `RCPT TO:<${address}>`),
      'RCPT TO:<full@example.net>',
    ]);
    expect(mails.map((mail) => mail.to)).toEqual([['sre@example.net']]);
  });

  it('to a relay that falls silent ends at its deadline', async () => {
    const { port } = await listen({ says: { EHLO: '250-still thinking' } });
    expect(await send(port, { security: 'none' }, noticeFor(), 200)).toMatchObject({
      ok: false,
      retry: true,
      reason: 'it took too long',
    });
  });

  it('to where nobody listens is tried again', async () => {
    const { port } = await listen();
    await (servers.pop() as MailServer).close();
    expect(await send(port, { security: 'none' })).toMatchObject({ ok: false, retry: true });
  });

  it('of one conversation is shown as one, and the same mail twice is the same', async () => {
    const ids = [1, 2].map(
      (seq) =>
        read(
          mailMessage(noticeFor({ seq, id: `pages/mail/inc-1#${seq}`, thread: 'pages/mail/inc-1' }), {
            from: 'o@example.net',
            to: ['s@example.net'],
          }),
        ).fields,
    );
    const [first, second] = ids as [Map<string, string>, Map<string, string>];
    expect(first.get('Message-ID')).toBe('<pages.mail.inc-1.1@example.net>');
    expect(second.get('References')).toBe(first.get('Message-ID'));
    expect(second.get('In-Reply-To')).toBe(first.get('Message-ID'));
    expect(first.has('References')).toBe(false);
  });

  it('carries no command and no header that a name brings along', async () => {
    const { heard, mails, port } = await listen();
    const text = {
      ...noticeFor().text,
      title: 'CRITICAL x\r\nBcc: all@example.net',
      facts: [['What', 'a\r\n.\r\nMAIL FROM:<x@y>'] as const],
    };
    expect(await send(port, { security: 'none' }, noticeFor({ text }))).toEqual({ ok: true });
    expect(heard.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
    expect(read(mails[0]?.data ?? '').fields.has('Bcc')).toBe(false);
    const envelope = { from: 'a@b', to: ['x@y>\r\nRCPT TO:<z@y'], message: 'x' };
    const options = { signal: AbortSignal.timeout(2000), name: 'test' };
    await expect(sendMail({ host: '127.0.0.1', port, security: 'none' }, envelope, options)).rejects.toThrow(
      'is no address of mail',
    );
  });
});

describe('the text of a mail', () => {
  it('has dots doubled at the beginning of lines, and only there', () => {
    expect(dotStuffed('.a\r\nb.\r\n..\r\n')).toBe('..a\r\nb.\r\n...');
  });

  it('comes through with its dots', async () => {
    const { mails, port } = await listen();
    const message = 'Subject: x\r\n\r\n.\r\n..two\r\nend.';
    const options = { signal: AbortSignal.timeout(2000), name: 'test' };
    await sendMail(
      { host: '127.0.0.1', port, security: 'none' },
      { from: 'a@b', to: ['c@d'], message },
      options,
    );
    expect(mails[0]?.data).toBe(message);
  });

  it('has headers in encoded words where they are not ASCII, no line too long, no character cut', () => {
    expect(headerText('plain text')).toBe('plain text');
    const text = `Größe → ${'ä€😀'.repeat(40)}`;
    const encoded = headerText(text);
    const words = encoded.split('\r\n ');
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    const decoded = words
      .map((word) => Buffer.from(word.slice('=?utf-8?B?'.length, -2), 'base64').toString())
      .join('');
    expect(decoded).toBe(text);
    expect(headerText('a\r\nBcc: x')).toBe('a Bcc: x');
    expect(headerText('=?utf-8?B?eA==?=')).not.toBe('=?utf-8?B?eA==?=');
  });
});

it('an address that reads as HTML or as a header does nothing in a mail: it is plain text', () => {
  const text = {
    ...noticeFor().text,
    facts: [['What', '<script>alert(1)</script> Content-Type: text/html']] as const,
  };
  const mail = read(mailMessage(noticeFor({ text }), { from: 'o@example.net', to: ['s@example.net'] }));
  expect(mail.fields.get('Content-Type')).toBe('text/plain; charset=utf-8');
  expect(mail.body).toContain('<script>');
});

const hasSmtpd = spawnSync('python3', ['-W', 'ignore', '-c', 'import smtpd']).status === 0;

describe.skipIf(!hasSmtpd)(`a mail server of others${hasSmtpd ? '' : ' (python3 has no smtpd)'}`, () => {
  it('understands what is sent', async () => {
    const program = `
import asyncore, smtpd, sys, json
class Server(smtpd.SMTPServer):
    def process_message(self, peer, mailfrom, rcpttos, data, **more):
        print(json.dumps([mailfrom, rcpttos, data.decode()]), flush=True)
server = Server(('127.0.0.1', 0), None)
print(server.socket.getsockname()[1], flush=True)
asyncore.loop()
`;
    const child = spawn('python3', ['-W', 'ignore', '-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const lines: string[] = [];
      let pending = '';
      child.stdout.on('data', (chunk) => {
        pending += chunk;
        const parts = pending.split('\n');
        pending = parts.pop() ?? '';
        lines.push(...parts);
      });
      await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
      expect(await send(Number(lines[0]), { host: '127.0.0.1', security: 'none' })).toEqual({ ok: true });
      await expect.poll(() => lines.length).toBe(2);
      const [from, to, data] = JSON.parse(lines[1] ?? '') as [string, string[], string];
      expect([from, to]).toEqual(['outrider@example.net', ['sre@example.net', 'boss@example.net']]);
      expect(read(data.replaceAll('\n', '\r\n')).body).toContain('Blame     target');
    } finally {
      child.kill();
    }
  });
});
