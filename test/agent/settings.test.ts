import { describe, expect, it } from 'vitest';
import {
  fromFile,
  givenValue,
  parseSizeBytes,
  SETTINGS,
  type Setting,
  textsOf,
} from '../../agent/settings.ts';

function settingOf(path: string): Setting {
  const found = SETTINGS.find((one) => one.path.join('.') === path);
  if (!found) throw new Error(`no setting ${path}`);
  return found;
}

describe('the settings of an agent', () => {
  it('have a flag and a variable of the same name, each its own', () => {
    for (const { flag, variable } of SETTINGS) {
      expect(flag).toMatch(/^[a-z][a-z-]*$/);
      expect(variable).toBe(`OUTRIDER_${flag.toUpperCase().replaceAll('-', '_')}`);
    }
    expect(new Set(SETTINGS.map(({ flag }) => flag)).size).toBe(SETTINGS.length);
  });

  it('are all described', () => {
    expect(SETTINGS.filter(({ description }) => description === '').map(({ flag }) => flag)).toEqual([]);
  });

  it.each([
    ['id', 'id', 'text'],
    ['labels.region', 'region', 'text'],
    ['labels.network', 'network', 'text'],
    ['labels.asn', 'asn', 'number'],
    ['labels.tags', 'tag', 'list'],
    ['collectors', 'collector', 'list'],
    ['dataDir', 'data-dir', 'text'],
    ['network.policy.allow', 'allow', 'list'],
    ['network.connectTo', 'connect-to', 'map'],
    ['network.nameServers', 'name-server', 'list'],
    ['browser.path', 'browser', 'text'],
    ['spool.bytesMax', 'spool-bytes-max', 'size'],
    ['spool.ageMaxMs', 'spool-age-max-ms', 'duration'],
    ['takeover', 'takeover', 'switch'],
  ])('%s of the file is --%s, %s', (path, flag, kind) => {
    expect(settingOf(path)).toMatchObject({ flag, kind });
  });
});

describe('what is given as text', () => {
  it.each([
    ['labels.region', ['eu-west'], 'eu-west'],
    ['labels.asn', ['64500'], 64500],
    ['labels.tags', ['a', 'b'], ['a', 'b']],
    ['network.connectTo', ['a.test:80=127.0.0.1:8080'], { 'a.test:80': '127.0.0.1:8080' }],
    ['takeover', ['true'], true],
    ['takeover', ['0'], false],
    ['spool.ageMaxMs', ['3d'], 259_200_000],
    ['spool.ageMaxMs', ['5000'], 5000],
    ['spool.bytesMax', ['64MiB'], 67_108_864],
    // What cannot be read is left for the schema to refuse by its name.
    ['labels.asn', ['many'], 'many'],
    ['takeover', ['perhaps'], 'perhaps'],
    ['spool.bytesMax', ['64 parsecs'], '64 parsecs'],
  ])('becomes the value of %s: %j', (path, texts, value) => {
    expect(givenValue(settingOf(path), texts)).toEqual(value);
  });

  it('is parted at commas and white space in the variable of a list, and nowhere else', () => {
    expect(textsOf(settingOf('collectors'), 'http://a:1, http://b:2')).toEqual(['http://a:1', 'http://b:2']);
    expect(textsOf(settingOf('labels.isp'), 'Example, Inc')).toEqual(['Example, Inc']);
  });

  it('may be a duration or a size in the file too, while a number stays one', () => {
    expect(fromFile(settingOf('spool.ageMaxMs'), '90s')).toBe(90_000);
    expect(fromFile(settingOf('spool.ageMaxMs'), 90)).toBe(90);
    expect(fromFile(settingOf('labels.city'), '90s')).toBe('90s');
  });
});

describe('parseSizeBytes', () => {
  it.each([
    ['1B', 1],
    ['1.5KiB', 1536],
    ['2 GiB', 2 * 1024 ** 3],
    ['8MB', undefined],
    ['', undefined],
  ])('reads %j as %s', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });
});
