/** The sandbox: a small real short-video service, and the way to it that can be made to fail. Its public face. */
export type { Clock } from './clock.ts';
export { type Fault, type FaultKind, type FaultSpec, faultAt } from './fault.ts';
export {
  type FaultProxy,
  type FaultProxyCounts,
  type FaultProxyOptions,
  startFaultProxy,
} from './fault-proxy.ts';
export { type Origin, type OriginOptions, startOrigin } from './origin.ts';
export { FAULT_KINDS, FaultSyntaxError, parseFault } from './parse-fault.ts';
