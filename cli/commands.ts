/** Every command by its id; a colon in the id is a space on the command line. */
import AgentStart from './commands/agent/start.ts';
import AgentsGet from './commands/agents/get.ts';
import AgentsInvite from './commands/agents/invite.ts';
import AgentsKeys from './commands/agents/keys.ts';
import AgentsList from './commands/agents/list.ts';
import AgentsRevoke from './commands/agents/revoke.ts';
import AgentsWhy from './commands/agents/why.ts';
import AuditList from './commands/audit/list.ts';
import CalibrationAlarms from './commands/calibration/alarms.ts';
import CalibrationList from './commands/calibration/list.ts';
import CalibrationReplay from './commands/calibration/replay.ts';
import CalibrationWindows from './commands/calibration/windows.ts';
import ChangesAdd from './commands/changes/add.ts';
import ChangesList from './commands/changes/list.ts';
import CollectorDrain from './commands/collector/drain.ts';
import CollectorList from './commands/collector/list.ts';
import CollectorStart from './commands/collector/start.ts';
import Commands from './commands/commands.ts';
import Complete from './commands/complete.ts';
import Completion from './commands/completion.ts';
import ContextsAdd from './commands/contexts/add.ts';
import ContextsList from './commands/contexts/list.ts';
import ContextsRemove from './commands/contexts/remove.ts';
import ContextsUse from './commands/contexts/use.ts';
import DetectLocalise from './commands/detect/localise.ts';
import DetectReplay from './commands/detect/replay.ts';
import Doctor from './commands/doctor.ts';
import IncidentsAck from './commands/incidents/ack.ts';
import IncidentsGet from './commands/incidents/get.ts';
import IncidentsList from './commands/incidents/list.ts';
import IncidentsResolve from './commands/incidents/resolve.ts';
import Latency from './commands/latency.ts';
import Limits from './commands/limits.ts';
import ProbesApply from './commands/probes/apply.ts';
import ProbesDelete from './commands/probes/delete.ts';
import ProbesDiff from './commands/probes/diff.ts';
import ProbesExplain from './commands/probes/explain.ts';
import ProbesGet from './commands/probes/get.ts';
import ProbesImport from './commands/probes/import.ts';
import ProbesList from './commands/probes/list.ts';
import ProbesPause from './commands/probes/pause.ts';
import ProbesPull from './commands/probes/pull.ts';
import ProbesResume from './commands/probes/resume.ts';
import ProbesRun from './commands/probes/run.ts';
import ProbesSchema from './commands/probes/schema.ts';
import Query from './commands/query.ts';
import ResultsGet from './commands/results/get.ts';
import ResultsTail from './commands/results/tail.ts';
import RoutesCheck from './commands/routes/check.ts';
import SchedulePlan from './commands/schedule/plan.ts';
import SecretsKey from './commands/secrets/key.ts';
import SecretsSeal from './commands/secrets/seal.ts';
import SilencesAdd from './commands/silences/add.ts';
import SilencesExpire from './commands/silences/expire.ts';
import SilencesList from './commands/silences/list.ts';
import Simulate from './commands/simulate.ts';
import SloList from './commands/slo/list.ts';
import TokensAdd from './commands/tokens/add.ts';
import TokensBootstrap from './commands/tokens/bootstrap.ts';
import TokensList from './commands/tokens/list.ts';
import TokensRevoke from './commands/tokens/revoke.ts';
import TokensWhoami from './commands/tokens/whoami.ts';
import Up from './commands/up.ts';
import { sayFacts } from './support/command-facts.ts';

export const COMMANDS = sayFacts({
  'agent:start': AgentStart,
  'agents:get': AgentsGet,
  'agents:invite': AgentsInvite,
  'agents:keys': AgentsKeys,
  'agents:list': AgentsList,
  'agents:revoke': AgentsRevoke,
  'agents:why': AgentsWhy,
  'audit:list': AuditList,
  'calibration:alarms': CalibrationAlarms,
  'calibration:list': CalibrationList,
  'calibration:replay': CalibrationReplay,
  'calibration:windows': CalibrationWindows,
  'changes:add': ChangesAdd,
  'changes:list': ChangesList,
  'collector:drain': CollectorDrain,
  'collector:list': CollectorList,
  'collector:start': CollectorStart,
  commands: Commands,
  complete: Complete,
  completion: Completion,
  'contexts:add': ContextsAdd,
  'contexts:list': ContextsList,
  'contexts:remove': ContextsRemove,
  'contexts:use': ContextsUse,
  'detect:localise': DetectLocalise,
  'detect:replay': DetectReplay,
  doctor: Doctor,
  'incidents:ack': IncidentsAck,
  'incidents:get': IncidentsGet,
  'incidents:list': IncidentsList,
  'incidents:resolve': IncidentsResolve,
  latency: Latency,
  limits: Limits,
  'probes:apply': ProbesApply,
  'probes:delete': ProbesDelete,
  'probes:diff': ProbesDiff,
  'probes:explain': ProbesExplain,
  'probes:get': ProbesGet,
  'probes:import': ProbesImport,
  'probes:list': ProbesList,
  'probes:pause': ProbesPause,
  'probes:pull': ProbesPull,
  'probes:resume': ProbesResume,
  'probes:run': ProbesRun,
  'probes:schema': ProbesSchema,
  query: Query,
  'results:get': ResultsGet,
  'results:tail': ResultsTail,
  'routes:check': RoutesCheck,
  'schedule:plan': SchedulePlan,
  'secrets:key': SecretsKey,
  'secrets:seal': SecretsSeal,
  'silences:add': SilencesAdd,
  'silences:expire': SilencesExpire,
  'silences:list': SilencesList,
  simulate: Simulate,
  'slo:list': SloList,
  'tokens:add': TokensAdd,
  'tokens:bootstrap': TokensBootstrap,
  'tokens:list': TokensList,
  'tokens:revoke': TokensRevoke,
  'tokens:whoami': TokensWhoami,
  up: Up,
});
