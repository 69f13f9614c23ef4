/** What bears an incident out: who sees it, before and since, what failed, what second looks found. */
import { amount } from '../incident/amount-sections.ts';
import type { ReportData } from './gather.ts';
import { REPORT_LIMITS } from './limits.ts';
import { html, type Markup, table } from './markup.ts';

const most = REPORT_LIMITS.rows.value;

export function evidenceSection({ incident }: ReportData): Markup {
  const { evidence, quantiles = [] } = incident;
  const { confirmations = [], failures = [], phases = [], series = [], sight = [] } = evidence;
  const tables = [
    table(
      'Who sees it',
      ['region', 'raised', 'well', 'silent', 'no data'],
      sight.map((one) => [
        ...[
          one.region,
          one.raised.join(', '),
          one.well.join(', '),
          one.silent.join(', '),
          one.no_data.join(', '),
        ],
      ]),
      most,
    ),
    table(
      'Before and since',
      ['metric', 'check', 'p50 before', 'p50 since', 'tail', 'tail before', 'tail since'],
      quantiles.map(({ after, before, metric, probe, tail_quantile, target }) => [
        ...[metric, `${probe} on ${target}`, amount(metric, before?.p50), amount(metric, after?.p50)],
        ...(tail_quantile === null
          ? [null, null, null]
          : [
              `p${Math.round(tail_quantile * 100)}`,
              amount(metric, before?.tail),
              amount(metric, after?.tail),
            ]),
      ]),
      most,
    ),
    table(
      'Where it changed the most',
      ['agent', 'check', 'metric', 'before', 'after', 'normal to', 'exceeded'],
      series.map((one) => [
        ...[one.agent, `${one.probe} on ${one.target}`, one.metric, amount(one.metric, one.before)],
        ...[
          amount(one.metric, one.after),
          amount(one.metric, one.limit),
          `${one.exceeded} of ${one.samples}`,
        ],
      ]),
      most,
    ),
    table(
      'Failures',
      ['layer', 'code', 'blame', 'count'],
      failures.map(({ blame, code, count, layer }) => [layer, code, blame, count]),
      most,
    ),
    table(
      'Parts of the run',
      ['part', 'before', 'after'],
      phases.map(({ after, before, metric }) => [metric, amount(metric, before), amount(metric, after)]),
      most,
    ),
    table(
      'Asked to look again',
      ['check', 'in', 'agent', 'outcome', 'says', 'value'],
      confirmations.flatMap(({ answers, metric, probe, region, target }) =>
        answers.map((one) => [
          ...[`${metric} of ${probe} on ${target}`, region, one.agent, `${one.outcome} ${one.code}`.trim()],
          ...[one.raised === null ? 'no say' : one.raised ? 'raised' : 'well', amount(metric, one.value)],
        ]),
      ),
      most,
    ),
  ].filter(({ text }) => text !== '');
  return tables.length === 0 ? html`` : html`<section><h2>Evidence: numbers</h2>${tables}</section>\n`;
}
