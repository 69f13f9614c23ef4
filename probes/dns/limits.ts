/** Every limit of the `dns` probe, with its reason and what happens past it. */
export const DNS_LIMITS = {
  messageBytes: {
    value: 65_535,
    reason: 'The largest message that DNS can carry (RFC 1035 §4.2.2).',
    past: 'The run fails with too_large.',
  },
  udpBytes: {
    value: 1232,
    reason: 'What passes every path without fragments (DNS flag day 2020); offered by EDNS.',
    past: 'The server truncates, and the question is asked again over TCP.',
  },
  records: {
    value: 512,
    reason: 'Far more than any service answers with; each is decoded and compared.',
    past: 'The run fails with bad_response.',
  },
  nameJumps: {
    value: 64,
    reason: 'A name has 127 labels at most, and servers compress with a pointer or two: more is an attack.',
    past: 'The run fails with bad_response.',
  },
  strayPackets: {
    value: 32,
    reason: 'A late or forged datagram must not end a run, nor keep it busy.',
    past: 'The run fails with bad_response.',
  },
  expectations: {
    value: 64,
    reason: 'They travel in every schedule.',
    past: 'The parameters are refused.',
  },
  answerChars: {
    value: 256,
    reason: 'A sample of what came is enough for people, and attributes travel with every result.',
    past: 'The attribute and the quotation in a message are cut.',
  },
} as const;
