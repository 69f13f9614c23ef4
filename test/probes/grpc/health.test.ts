import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { decodeHealthResponse, encodeHealthRequest } from '../../../probes/grpc/health.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { string service = 1; }
  message Response {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
    string later = 15;
    double more = 16;
    fixed32 most = 17;
    uint64 count = 2000;
  }
`);
const Request = root.lookupType('Request');
const Response = root.lookupType('Response');

function framed(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

describe('the request', () => {
  it('is what a library of protobuf would write, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (service) => {
        const expected = framed(Request.encode(Request.create({ service })).finish());
        // A library may write an empty name out; it means the same.
        if (service !== '') expect(encodeHealthRequest(service)).toEqual(expected);
        else expect(encodeHealthRequest('')).toEqual(framed(Buffer.alloc(0)));
      }),
    );
  });
});

describe('the response', () => {
  it.each(['unknown', 'serving', 'not_serving', 'service_unknown'])(
    '%s is read, whatever stands beside it',
    (status) => {
      fc.assert(
        fc.property(fc.string(), fc.double(), fc.nat(), (later, more, count) => {
          const value = { status: status.toUpperCase(), later, more, most: 7, count };
          const message = Response.encode(Response.fromObject(value)).finish();
          expect(decodeHealthResponse(framed(message))).toBe(status);
        }),
      );
    },
  );

  it('that is compressed, cut or followed by more is none', () => {
    const whole = framed(Buffer.from([8, 1]));
    expect(decodeHealthResponse(whole)).toBe('serving');
    expect(decodeHealthResponse(framed(Buffer.from([8, 1]), 1))).toBeUndefined();
    expect(decodeHealthResponse(Buffer.concat([whole, whole]))).toBeUndefined();
    for (let length = 0; length < whole.length; length++) {
      expect(decodeHealthResponse(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it('of a status that is not known yet is unknown', () => {
    expect(decodeHealthResponse(framed(Buffer.from([8, 9])))).toBe('unknown');
  });

  it('of any bytes ends, and throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => decodeHealthResponse(framed(bytes))).not.toThrow();
      }),
    );
  });
});
