import { Flags } from '@oclif/core';
import { BaseCommand } from '../../support/base-command.ts';
import { startOrExplain } from '../../support/start-collector.ts';
import { untilStopped } from '../../support/until-stopped.ts';

export default class CollectorStart extends BaseCommand {
  static override summary =
    'Run a collector: it takes results in, stores and judges them, and serves API and dashboard.';
  static override description =
    'Without --clickhouse it embeds ClickHouse and keeps the data in --data-dir. Several collectors may share one server: agents take any of them, one at a time detects, all show the same; --advertise says where they reach each other. It listens on loopback; --listen takes another address once --auth asks everybody for a token, or an agent for its key, and --tls-cert encrypts what they say. With --auth the first token comes from `tokens bootstrap`; all collectors of one store need it, or none.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> collector start',
    '<%= config.bin %> collector start --clickhouse http://clickhouse.internal:8123 --data-dir /var/lib/outrider',
    '<%= config.bin %> collector start --routes /etc/outrider/routes.yaml',
    '<%= config.bin %> collector start --otlp http://otel-collector.internal:4318',
    '<%= config.bin %> collector start --traffic eu-west=0.3,us-east=0.5',
    '<%= config.bin %> collector start --clickhouse http://ch1.internal:8123,http://ch2.internal:8123 --clickhouse-cluster fleet',
    '<%= config.bin %> collector start --auth --listen 0.0.0.0 --tls-cert /etc/outrider/tls.crt --tls-key /etc/outrider/tls.key',
    '<%= config.bin %> collector start --clickhouse http://clickhouse.internal:8123 --name c2 --advertise http://c2.internal:7077 --insecure-listen 0.0.0.0',
  ];
  static override baseFlags = {};
  static override flags = {
    port: Flags.integer({
      description: 'Port for everything; 0 takes a free one.',
      env: 'OUTRIDER_PORT',
      default: 7077,
      min: 0,
      max: 65_535,
    }),
    'data-dir': Flags.string({
      description: 'Where the embedded store lives.',
      env: 'OUTRIDER_DATA_DIR',
      default: '.outrider/collector',
      helpValue: 'DIR',
    }),
    clickhouse: Flags.string({
      description:
        'HTTP address of a ClickHouse server, instead of the embedded engine; of a cluster, those of all its servers, in the order of shards.',
      env: 'OUTRIDER_CLICKHOUSE',
      multiple: true,
      delimiter: ',',
      helpValue: 'URL',
    }),
    'clickhouse-cluster': Flags.string({
      description:
        'Name of a ClickHouse cluster, as in its remote_servers: results are spread over its shards.',
      env: 'OUTRIDER_CLICKHOUSE_CLUSTER',
      dependsOn: ['clickhouse'],
      helpValue: 'NAME',
    }),
    name: Flags.string({
      description: 'What people and the other collectors call it; host name and port when absent.',
      env: 'OUTRIDER_COLLECTOR_NAME',
    }),
    advertise: Flags.string({
      description: 'Where the other collectors on the server reach this one; where it listens when absent.',
      env: 'OUTRIDER_ADVERTISE',
      helpValue: 'URL',
    }),
    routes: Flags.string({
      description:
        'YAML file that says who is told of which incidents: routes, receivers, maintenance windows. Read again when it changes; while it cannot be used, what it said before stays in force.',
      env: 'OUTRIDER_ROUTES',
      helpValue: 'FILE',
    }),
    otlp: Flags.string({
      description:
        'Base address of an OTLP receiver over HTTP: incidents go there as logs, rollups as metrics, under /v1/logs and /v1/metrics.',
      env: 'OUTRIDER_OTLP',
      helpValue: 'URL',
    }),
    'otlp-headers': Flags.string({
      description: 'File with a header a line, `Authorization: Bearer …`, for the OTLP receiver.',
      env: 'OUTRIDER_OTLP_HEADERS',
      dependsOn: ['otlp'],
      helpValue: 'FILE',
    }),
    traffic: Flags.string({
      description:
        'Share of the traffic in each place, by which the impact of incidents is weighed: regions by name, or country:, isp:, pop:, target: and a name. What is not named shares the rest.',
      env: 'OUTRIDER_TRAFFIC',
      helpValue: 'PLACE=SHARE,…',
    }),
    webhook: Flags.string({
      description:
        'Where to POST incidents, beside what --routes says; several times for several. An address that is secret belongs into a file: see --routes.',
      multiple: true,
      default: [],
      helpValue: 'URL',
    }),
    'webhook-secret-file': Flags.string({
      description: 'File with the secret that signs webhooks.',
      helpValue: 'FILE',
    }),
    listen: Flags.string({
      description: 'Listen on this address; one that others reach needs --auth, --tls-cert and --tls-key.',
      env: 'OUTRIDER_LISTEN',
      exclusive: ['insecure-listen'],
      helpValue: 'ADDRESS',
    }),
    auth: Flags.boolean({
      description: 'Ask everybody for a token, and agents for their key.',
      env: 'OUTRIDER_AUTH',
      default: false,
    }),
    'tls-cert': Flags.string({
      description: 'PEM file of the certificate and those behind it; read again when it changes.',
      env: 'OUTRIDER_TLS_CERT',
      dependsOn: ['tls-key'],
      helpValue: 'FILE',
    }),
    'tls-key': Flags.string({
      description: 'PEM file of its key, without a passphrase.',
      env: 'OUTRIDER_TLS_KEY',
      dependsOn: ['tls-cert'],
      helpValue: 'FILE',
    }),
    ca: Flags.string({
      description:
        'PEM file of authorities by which the other collectors are trusted, beside the usual ones.',
      env: 'OUTRIDER_CA',
      helpValue: 'FILE',
    }),
    'insecure-listen': Flags.string({
      description:
        'Listen on this address though it lacks --auth or TLS: then anybody who reaches it may do anything, or listen in.',
      helpValue: 'ADDRESS',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CollectorStart);
    const stopped = untilStopped();
    const collector = await startOrExplain({
      port: flags.port,
      dataDir: flags['data-dir'],
      clickhouse: flags.clickhouse ?? [],
      cluster: flags['clickhouse-cluster'],
      insecureListen: flags['insecure-listen'],
      listen: flags.listen,
      auth: flags.auth,
      tlsCert: flags['tls-cert'],
      tlsKey: flags['tls-key'],
      ca: flags.ca,
      name: flags.name,
      advertise: flags.advertise,
      webhooks: flags.webhook,
      webhookSecretFile: flags['webhook-secret-file'],
      routes: flags.routes,
      otlp: flags.otlp,
      otlpHeaders: flags['otlp-headers'],
      traffic: flags.traffic,
    });
    this.message(`collector ready: ${collector.url}  (Ctrl-C stops it)`);
    process.send?.({ type: 'ready', url: collector.url });
    await stopped;
    this.message('stopping: agents are told, what was received is committed');
    await collector.close();
  }
}
