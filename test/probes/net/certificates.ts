/** X.509 certificates made at test time, so that none is committed and none expires: just enough DER for servers on loopback. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Authority {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** PEM of its own certificate. */
  readonly cert: string;
}

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = der(0x30, oid('1.2.840.10045.4.3.2'));

export function makeAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension('2.5.29.19', true, der(0x30, der(0x01, Buffer.from([0xff]))));
  return {
    name,
    privateKey,
    cert: certificate(name, publicKey, name, privateKey, validity(), [isAuthority]),
  };
}

/** A certificate for DNS names and IPv4 addresses; without an authority it is self-signed. Days count from now. */
export function makeCertificate(options: {
  readonly names: readonly string[];
  readonly authority?: Authority;
  readonly fromDays?: number;
  readonly untilDays?: number;
}): ServerCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = options.names[0] ?? 'nobody';
  const names = extension('2.5.29.17', false, der(0x30, ...options.names.map(generalName)));
  const issuer = options.authority ?? { name: subject, privateKey };
  const period = validity(options.fromDays, options.untilDays);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: certificate(subject, publicKey, issuer.name, issuer.privateKey, period, [names]),
  };
}

function certificate(
  subject: string,
  publicKey: KeyObject,
  issuer: string,
  issuerKey: KeyObject,
  period: Buffer,
  extensions: Buffer[],
): string {
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    distinguishedName(issuer),
    period,
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign('sha256', body, issuerKey);
  const whole = der(0x30, body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** In as few bytes as there can be: browsers take no other form (X.690 §10.1). */
function lengthOf(bytes: number): Buffer {
  if (bytes < 128) return Buffer.from([bytes]);
  return bytes < 256 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

function distinguishedName(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('2.5.4.3'), der(0x0c, Buffer.from(name)))));
}

function validity(fromDays = -1, untilDays = 365): Buffer {
  const time = (days: number) => {
    const text = new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '');
    return der(0x18, Buffer.from(text));
  };
  return der(0x30, time(fromDays), time(untilDays));
}

function generalName(name: string): Buffer {
  return /^\d+(\.\d+){3}$/.test(name)
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return der(0x30, oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}
