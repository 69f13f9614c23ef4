import { fromCmcdHeaders, fromCmcdUrl, validateCmcdHeaders } from '@svta/cml-cmcd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CMCD_LIMITS,
  Cmcd,
  type CmcdFields,
  cmcdHeaders,
  cmcdParam,
  cmcdUrl,
} from '../../../probes/net/cmcd.ts';

const FIELDS: CmcdFields = {
  sid: '6e2fb550-c457-4eb5-8cbc-fa7b6a1d3a10',
  cid: 'clip',
  probe: 'playback',
  nr: true,
  sn: 3,
  ot: 'm',
  sf: 'h',
  su: true,
};

const target = (name: string) => ({ name, url: 'http://video.example/v.mp4', labels: {} });
const URL_OF_CLIP = new URL('http://video.example/v.mp4');

function cmcdOf(mode: 'header' | 'query' | 'off', name = 'clip', random: () => number = Math.random): Cmcd {
  return new Cmcd(mode, { random }, target(name), { probe: 'playback', nr: true });
}

function sidOf(random: () => number): string | undefined {
  const cmcd = cmcdOf('header', 'clip', random);
  cmcd.mark(URL_OF_CLIP);
  return cmcd.attributes.cmcd_sid;
}

describe('CMCD headers', () => {
  it('put each key into the header that the specification has for it', () => {
    expect(cmcdHeaders(FIELDS)).toEqual({
      'cmcd-object': 'ot=m',
      'cmcd-request': 'sn=3,su',
      'cmcd-session': `cid="clip",outrider-probe="playback",sf=h,sid="${FIELDS.sid}",v=2`,
      'cmcd-status': 'nr',
    });
  });

  it('leave out what is not known or not so', () => {
    const { ot, sf, su, ...known } = FIELDS;
    expect(Object.keys(cmcdHeaders({ ...known, nr: false }))).toEqual(['cmcd-session', 'cmcd-request']);
    expect(JSON.stringify([cmcdHeaders({ ...known, su: false }), ot, sf, su])).not.toContain('su=');
  });

  it('are valid, and read by another implementation as they were written', () => {
    expect(validateCmcdHeaders({ ...cmcdHeaders(FIELDS) })).toMatchObject({ valid: true, issues: [] });
    const { probe, ...read } = FIELDS;
    expect(fromCmcdHeaders({ ...cmcdHeaders(FIELDS) })).toEqual({ ...read, 'outrider-probe': probe, v: 2 });
  });
});

describe('CMCD headers of run after run', () => {
  const headersOf = (changes: Partial<typeof FIELDS>) => cmcdHeaders({ ...FIELDS, ...changes });
  const sid = '5f0c2b54-6f0e-8aa1-ab3d-0123456789ab';
  const zero = '00000000-0000-8000-a000-000000000000';

  it('have the session of each, and are otherwise the same', () => {
    const [one, other] = [headersOf({}), headersOf({ sid })];
    expect(other['cmcd-session']).toBe(one['cmcd-session']?.replace(FIELDS.sid, sid));
    expect({ ...other, 'cmcd-session': one['cmcd-session'] }).toEqual(one);
    expect(headersOf({})).toEqual(one);
  });

  it('change no content id, whatever it looks like', () => {
    for (const cid of [zero, `a ${zero} b`])
      expect(headersOf({ cid, sid })['cmcd-session']).toContain(
        `cid="${cid}",outrider-probe="playback",sf=h,sid="${sid}"`,
      );
  });

  it('are right beyond those that are remembered', () => {
    for (let sn = 0; sn < CMCD_LIMITS.remembered.value + 10; sn += 1)
      expect(headersOf({ sn, sid })['cmcd-request']).toBe(sn === 0 ? 'sn=0,su' : `sn=${sn},su`);
    expect(headersOf({ sid })['cmcd-session']).toContain(`sid="${sid}"`);
  });
});

describe('CMCD in an address', () => {
  it('is one argument more, and nothing of the others is written anew', () => {
    const url = new URL('http://video.example/v.mp4?Policy=a%2Bb~_&x=%20&y#part');
    const marked = cmcdUrl(url, FIELDS);
    expect(marked.href).toMatch(
      /^http:\/\/video\.example\/v\.mp4\?Policy=a%2Bb~_&x=%20&y&CMCD=[^#&"\s]+#part$/,
    );
    expect(fromCmcdUrl(marked.searchParams.get('CMCD') ?? '')).toMatchObject({ sid: FIELDS.sid, sn: 3 });
    expect(url.search).not.toContain('CMCD');
  });

  it('takes the place of one that a redirect brought along', () => {
    const once = cmcdUrl(URL_OF_CLIP, FIELDS);
    const twice = cmcdUrl(once, { ...FIELDS, sn: 4 });
    expect(twice.searchParams.getAll('CMCD')).toHaveLength(1);
    expect(twice.searchParams.get('CMCD')).toContain('sn=4');
  });

  it('carries any argument that an address may have', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        const url = new URL(text);
        const marked = cmcdUrl(url, FIELDS);
        const own = marked.search.lastIndexOf('CMCD=');
        expect(marked.search.slice(0, own)).toBe(url.search === '' ? '?' : `${url.search}&`);
        expect([marked.pathname, marked.hash, marked.host]).toEqual([url.pathname, url.hash, url.host]);
      }),
    );
  });
});

describe('the marks of a run', () => {
  it('are of one session, and count its requests', () => {
    const cmcd = cmcdOf('header');
    expect(cmcd.attributes).toEqual({});
    const sids = [0, 1, 2].map((sn) => {
      const { url, headers } = cmcd.mark(URL_OF_CLIP);
      expect(url).toBe(URL_OF_CLIP);
      const read = fromCmcdHeaders({ ...headers });
      expect(read.sn).toBe(sn);
      return read.sid;
    });
    expect(new Set(sids)).toEqual(new Set([cmcd.attributes.cmcd_sid]));
  });

  it('name the session by a random UUID, another one each run', () => {
    const sids = Array.from({ length: 100 }, () => sidOf(Math.random));
    expect(new Set(sids).size).toBe(100);
    for (const sid of sids) {
      expect(sid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    for (const value of [0, 0.5, 1 - 2 ** -53]) {
      expect(sidOf(() => value)).toHaveLength(36);
    }
  });

  it('are in the address alone when told so, the same each time', () => {
    const cmcd = cmcdOf('query');
    const { url, headers } = cmcd.mark(URL_OF_CLIP, { ot: 'v', su: true });
    expect(headers).toEqual({});
    expect(url.searchParams.get('CMCD')).toContain('ot=v');
    expect(cmcd.mark(URL_OF_CLIP, { ot: 'v', su: false }).url.href).toBe(url.href);
    expect(url.search).toContain(cmcd.attributes.cmcd_sid as string);
  });

  it('are nowhere when off', () => {
    const cmcd = cmcdOf('off');
    expect(cmcd.mark(URL_OF_CLIP)).toEqual({ url: URL_OF_CLIP, headers: {} });
    expect(cmcd.attributes).toEqual({});
  });

  it('carry any name of a target as a header may', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (name) => {
        const headers = cmcdOf('header', name).mark(URL_OF_CLIP).headers;
        for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
        const { cid = '' } = fromCmcdHeaders({ ...headers }) as { readonly cid?: string };
        expect(cid.length).toBeLessThanOrEqual(64);
        if (/^[\x20-\x7e]{1,64}$/.test(name)) expect(cid).toBe(name);
      }),
    );
    const odd = cmcdOf('header', 'Clip "é" \ud800').mark(URL_OF_CLIP).headers['cmcd-session'];
    expect(odd).toContain('cid="Clip \\"%C3%A9\\" %EF%BF%BD"');
  });

  it('are headers unless a probe is told otherwise', () => {
    expect(cmcdParam.parse(undefined)).toBe('header');
    expect(cmcdParam.safeParse('json').success).toBe(false);
  });
});
