import { describe, expect, it } from 'vitest';
import { objectOf } from '../../../probes/video-start/cmcd-marker.ts';

const held = (path: string, type = 'XHR', headers: Record<string, string> = {}) => ({
  url: new URL(path, 'https://video.example/'),
  type,
  headers,
});

describe('the object of a request', () => {
  it.each([
    ['hls.js', held('/a/master.m3u8?t=1'), { ot: 'm', sf: 'h' }],
    ['hls.js', held('/a/0.m4s'), { sf: 'h' }],
    ['dash.js', held('/a/x.mpd'), { ot: 'm', sf: 'd' }],
    ['dash.js', held('/a/0.m4s'), { sf: 'd' }],
    ['native-hls', held('/a/0.ts', 'Media'), { sf: 'h' }],
    ['progressive', held('/v.mp4', 'Media'), { ot: 'av', sf: 'o' }],
    // A feed with files beside playlists.
    ['hls.js', held('/v.mp4', 'Media'), { ot: 'av', sf: 'o' }],
    ['page', held('/a/0.m4s'), {}],
    ['page', held('/stream', 'Media'), {}],
    ['page', held('/a/x.mpd', 'Fetch'), { ot: 'm', sf: 'd' }],
  ] as const)('of %s is told as far as it is known: %o', (player, request, object) => {
    expect(objectOf(request, player)).toEqual(object);
  });

  it.each([
    held('/', 'Document'),
    held('/app.js', 'Script'),
    held('/api/feed', 'Fetch'),
    held('https://analytics.example/beacon', 'Ping'),
  ])('of a user’s page is none where it is no media: %o', (request) => {
    expect(objectOf(request, 'page')).toBeUndefined();
  });

  it.each([
    ['a preflight', held('/0.m4s', 'Preflight', { 'Access-Control-Request-Method': 'GET' })],
    ['a player with a session of its own', held('/0.m4s', 'XHR', { 'CMCD-Session': 'sid="x"' })],
    ['one with its own in the address', held('/0.m4s?CMCD=sid%3D%22x%22')],
    ['what touches no network', held('blob:null/0')],
  ])('is none of %s', (_name, request) => {
    expect(objectOf(request, 'hls.js')).toBeUndefined();
  });
});
