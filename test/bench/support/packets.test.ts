import { describe, expect, it } from 'vitest';
import { PACKET_FIELDS, packetsOf } from './packets.ts';

/** A line of tshark with these columns, the others empty. */
function line(columns: Partial<Record<(typeof PACKET_FIELDS)[number], string>>): string {
  return PACKET_FIELDS.map((field) => columns[field] ?? '').join('\t');
}

const tcp = { 'tcp.srcport': '1000', 'tcp.dstport': '80', 'tcp.len': '0' };

describe('packets', () => {
  it('come with their time to a quarter of a microsecond, in the order of their times', () => {
    const text = [
      line({ ...tcp, 'frame.time_epoch': '1700000000.000002000' }),
      line({ ...tcp, 'frame.time_epoch': '1700000000.000001000', 'tcp.flags.syn': '1' }),
    ].join('\n');
    const [first, second] = packetsOf(text);
    expect(first).toMatchObject({ protocol: 'tcp', isSyn: true, sourcePort: 1000, targetPort: 80 });
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeCloseTo(0.001, 3);
  });

  it('say what they carry, several messages in one too', () => {
    const columns = {
      ...tcp,
      'frame.time_epoch': '1.5',
      'tls.handshake.type': '8,11,15,20',
      'http2.type': '4,1',
    };
    const [packet] = packetsOf(line({ ...columns, 'http.response.code': '200', 'tcp.len': '77' }));
    expect(packet).toMatchObject({ handshakes: [8, 11, 15, 20], frames: [4, 1], bytes: 77 });
    expect(packet).toMatchObject({
      isHttp1Answer: true,
      isHttp1Request: false,
      isLast: false,
      isAlert: false,
    });
  });

  it('are the last of their sender with FIN or RST, however flags are printed', () => {
    for (const flag of [{ 'tcp.flags.fin': '1' }, { 'tcp.flags.reset': 'True' }])
      expect(packetsOf(line({ ...tcp, 'frame.time_epoch': '1', ...flag }))).toMatchObject([{ isLast: true }]);
    const none = { 'tcp.flags.fin': '0', 'tcp.flags.reset': 'False' };
    expect(packetsOf(line({ ...tcp, 'frame.time_epoch': '1', ...none }))).toMatchObject([{ isLast: false }]);
  });

  it('are questions and answers of DNS', () => {
    const columns = { 'frame.time_epoch': '1', 'dns.id': '0x1234', 'dns.qry.name': 't1.jittery.test' };
    expect(packetsOf(line({ ...columns, 'dns.flags.response': '1' }))).toEqual([
      { protocol: 'dns', atMs: 1000, id: '0x1234', name: 't1.jittery.test', isAnswer: true },
    ]);
  });

  it('pass over lines of anything else', () => {
    expect(packetsOf('\nRunning as root.\n\t\t\n')).toEqual([]);
    expect(packetsOf(line({ 'frame.time_epoch': '1' }))).toEqual([]);
  });
});
