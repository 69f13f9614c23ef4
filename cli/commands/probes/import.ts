import { readFileSync, statSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { parse } from 'yaml';
import { importBlackbox } from '../../import/blackbox.ts';
import { importCloudprober } from '../../import/cloudprober.ts';
import { importHar } from '../../import/har.ts';
import { type Imported, withoutSecrets } from '../../import/imported.ts';
import { importUrl } from '../../import/url.ts';
import { yamlText } from '../../language/pull.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { countOf } from '../../support/confirm.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { SPEC_FILE_LIMITS } from '../../support/spec-file.ts';

const FORMATS = ['blackbox', 'cloudprober', 'har', 'url'] as const;

export default class ProbesImport extends BaseCommand {
  static override summary =
    'Make YAML of what you have: blackbox.yml, a configuration of Cloudprober, a HAR of a browser, or a URL.';
  static override description =
    'On stdout, nothing is applied. What could not be taken over is said on stderr, and then it ends with 2. Secrets are never taken over.';
  static override baseFlags = {};
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes import https://cdn.example.net/v.m3u8 > probes.yaml',
    '<%= config.bin %> probes import blackbox.yml --address http_2xx=https://www.example.net/ > probes.yaml',
    '<%= config.bin %> probes import cloudprober.cfg --format cloudprober',
  ];
  static override args = { source: Args.string({ description: 'A file, or a URL.', required: true }) };
  static override flags = {
    format: Flags.option({ description: 'What it is; found out without.', options: FORMATS })(),
    address: Flags.string({
      description:
        'With blackbox.yml: what Prometheus gives it to probe, for all modules, or for one as MODULE=ADDRESS; several times for several.',
      multiple: true,
      default: [],
      helpValue: '[MODULE=]ADDRESS',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesImport);
    const { left, probes, targets } = withoutSecrets(read(args.source, flags.format, flags.address));
    this.data(yamlText({ version: 1, targets, probes }));
    for (const one of left) this.message(`left out: ${one}`);
    this.message(
      `${countOf(probes.length, 'probe')} of ${countOf(targets.length, 'target')}; look through them, then: outrider probes diff -f FILE`,
    );
    if (left.length > 0) process.exitCode = EXIT.degraded;
  }
}

function read(
  source: string,
  format: (typeof FORMATS)[number] | undefined,
  addresses: readonly string[],
): Imported {
  const isUrl = format === 'url' || (format === undefined && /^[a-z]+:\/\//.test(source));
  const text = isUrl ? '' : textOf(source);
  const readers: Readonly<Record<(typeof FORMATS)[number], () => Imported | undefined>> = {
    url: () => (isUrl ? importUrl(source) : undefined),
    har: () => (text.trimStart().startsWith('{') ? importHar(JSON.parse(text)) : undefined),
    blackbox: () => importBlackbox(parse(text, { maxAliasCount: SPEC_FILE_LIMITS.aliases.value }), addresses),
    cloudprober: () => importCloudprober(text),
  };
  if (/^version:/m.test(text) && /^(targets|probes):/m.test(text))
    throw new CliError(`${source} is a file of probes already`, {
      hint: `outrider probes diff -f ${source}`,
      exit: EXIT.badConfig,
    });
  const reasons: string[] = [];
  for (const one of format
    ? [format]
    : isUrl
      ? (['url'] as const)
      : (['har', 'blackbox', 'cloudprober'] as const)) {
    try {
      const imported = readers[one]();
      if (imported) return imported;
    } catch (error) {
      reasons.push(`as ${one}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new CliError(`${source} is nothing that can be imported`, {
    ...(reasons.length > 0 ? { why: reasons.join('\n') } : {}),
    hint: `--format ${FORMATS.join('|')} says what it is`,
    exit: EXIT.badConfig,
  });
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > 16 * SPEC_FILE_LIMITS.bytes.value) throw new Error('it is larger than 64 MiB');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError(`${path} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a file, or a URL with its scheme',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
