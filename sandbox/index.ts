/** The sandbox: a small real short-video service, and the way to it that can be made to fail. Its public face. */
export type { AccessLine } from './access-log.ts';
export type { ReceivedLine } from './arrivals.ts';
export { type FaultSpec, faultAt } from './fault.ts';
export { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
export { type Origin, startOrigin } from './origin.ts';
export { FAULT_KINDS, FaultSyntaxError, parseFault } from './parse-fault.ts';
