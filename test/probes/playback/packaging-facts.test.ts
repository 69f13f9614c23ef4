import { describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { PackagingFacts, type Step } from '../../../probes/playback/packaging-facts.ts';

/** Asked at `requestMs` over a new connection, and answered 100 ms later. */
function step(origin: string, requestMs: number, connected: Partial<Step['connected']> = {}): Step {
  return {
    url: new URL('/v', origin),
    reused: false,
    requestMs,
    headMs: requestMs + 100,
    connected: { connectMs: 10, ...connected },
  };
}

const FIRST = 'https://a.example.com';
const SECOND = 'https://b.example.com';
const THIRD = 'https://c.example.com';

describe('the way to the media', () => {
  it('costs nothing where it stays at one origin, whatever that takes', () => {
    const facts = new PackagingFacts();
    facts.addStep(step(FIRST, 1000));
    facts.addStep(step(FIRST, 1200));
    expect(facts.others).toEqual({ count: 0, tookMs: 0 });
    expect(facts.redirects).toEqual({ count: 0, tookMs: 0 });
  });

  it('costs each step of a chain that is redirected, and each connection beyond the first', () => {
    const facts = new PackagingFacts();
    facts.addRedirect(step(FIRST, 1000, { connectMs: 500 }));
    facts.addRedirect(step(SECOND, 1200, { dnsMs: 5, connectMs: 20, tlsMs: 25 }));
    facts.addStep(step(THIRD, 1400, { connectMs: 30 }));
    expect(facts.redirects).toEqual({ count: 2, tookMs: 200 });
    expect(facts.others).toEqual({ count: 2, tookMs: 80 });
  });

  it('costs what goes on side by side once', () => {
    const facts = new PackagingFacts();
    facts.addStep(step(FIRST, 1000));
    // That of the sound was begun later and answered sooner.
    facts.addRedirect({ ...step(SECOND, 1250, { connectMs: 40 }), headMs: 1280 });
    facts.addRedirect(step(THIRD, 1240, { connectMs: 60 }));
    expect(facts.others).toEqual({ count: 2, tookMs: 70 });
    expect(facts.redirects).toEqual({ count: 2, tookMs: 100 });
  });

  it('has a connection more where a redirect leads to TLS at the same host', () => {
    const facts = new PackagingFacts();
    facts.addRedirect(step('http://a.example.com', 1000));
    facts.addStep(step(FIRST, 1200, { tlsMs: 20 }));
    expect(facts.others).toEqual({ count: 1, tookMs: 30 });
  });

  it('has the connection to an origin once, and none where it was there', () => {
    const facts = new PackagingFacts();
    facts.addStep(step(FIRST, 1000));
    facts.addStep(step(SECOND, 1200));
    facts.addStep(step(SECOND, 1400));
    facts.addStep({ ...step(THIRD, 1600), reused: true });
    expect(facts.others).toEqual({ count: 1, tookMs: 10 });
  });

  it('is not counted past the limit', () => {
    const facts = new PackagingFacts();
    const { value } = PLAYBACK_LIMITS.detours;
    for (let n = 0; n < value + 5; n++) facts.addRedirect(step(`https://h${n}.example.com`, n * 1000));
    expect(facts.redirects).toEqual({ count: value, tookMs: value * 100 });
    expect(facts.others).toEqual({ count: value, tookMs: value * 10 });
  });
});
