/** OCSP responses as servers staple them (RFC 6960 §4.2), without a signature that anybody could verify. */

const OCSP_BASIC = Buffer.from('2b0601050507300101', 'hex');

export function stapledResponse(answer: {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly nextUpdateMs?: number;
}): Buffer {
  const thisUpdateMs = Date.now() - 60_000;
  const certificate = der(
    0x30,
    der(0x30, der(0x06, Buffer.from([0x2a]))),
    der(0x04),
    der(0x04),
    der(0x02, Buffer.from([1])),
  );
  const status = {
    good: () => der(0x80),
    revoked: () => der(0xa1, time(thisUpdateMs)),
    unknown: () => der(0x82),
  }[answer.status]();
  const next = answer.nextUpdateMs === undefined ? [] : [der(0xa0, time(answer.nextUpdateMs))];
  const responses = der(0x30, der(0x30, certificate, status, time(thisUpdateMs), ...next));
  const responder = der(0xa2, der(0x04, Buffer.alloc(20)));
  const data = der(0x30, responder, time(thisUpdateMs), responses);
  const basic = der(0x30, data, der(0x30, der(0x06, Buffer.from([0x2a]))), der(0x03, Buffer.from([0, 1])));
  const bytes = der(0x30, der(0x06, OCSP_BASIC), der(0x04, basic));
  return der(0x30, der(0x0a, Buffer.from([0])), der(0xa0, bytes));
}

function time(ms: number): Buffer {
  return der(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
