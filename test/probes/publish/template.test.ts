import { describe, expect, it } from 'vitest';
import { fillJson, fillUrl } from '../../../probes/publish/template.ts';

const known = {
  id: 'a/b',
  answer: { data: { video: 7, url: 'https://api.example.com/s?x=1&y=2', none: null } },
};

describe('placeholders', () => {
  it.each([
    ['/status/{id}', '/status/a%2Fb'],
    ['/status/{/data/video}?full=1', '/status/7?full=1'],
    ['{/data/url}', 'https://api.example.com/s?x=1&y=2'],
    ['/proxy?to={/data/url}', '/proxy?to=https%3A%2F%2Fapi.example.com%2Fs%3Fx%3D1%26y%3D2'],
    ['/status?fields={other}', '/status?fields={other}'],
  ])('of %s are filled in', (template, value) => {
    expect(fillUrl(template, known)).toEqual({ ok: true, value });
  });

  it.each([
    ['/status/{/data/none}', '/data/none'],
    ['/status/{/data}', '/data'],
    ['{/data/missing}', '/data/missing'],
  ])('of %s are missed by name', (template, missing) => {
    expect(fillUrl(template, known)).toEqual({ ok: false, missing });
  });

  it('stand for an id only where there is one', () => {
    expect(fillUrl('/status/{id}', { answer: {} })).toEqual({ ok: false, missing: 'id' });
  });

  it('are filled in wherever they stand in a body, and nothing else is touched', () => {
    const body = { publish_id: '{id}', ids: ['{/data/video}', 3, null, true], nested: { text: 'at {id}' } };
    const value = { publish_id: 'a/b', ids: ['7', 3, null, true], nested: { text: 'at a/b' } };
    expect(fillJson(body, known)).toEqual({ ok: true, value });
    expect(fillJson({ ids: ['{/nowhere}'] }, known)).toEqual({ ok: false, missing: '/nowhere' });
    expect(fillJson(undefined, known)).toEqual({ ok: true, value: undefined });
  });
});
