/** The generated messages, and short names for their shapes. */
import './plain-numbers.ts';
import { outrider } from './outrider.pb.js';

export const wire = outrider.v1;
export type WireBatch = outrider.v1.ResultBatch.$Properties;
export type WireEnvelope = outrider.v1.Envelope.$Properties;
export type WireAssignment = outrider.v1.Assignment.$Properties;
export type WireEvidence = outrider.v1.Evidence.$Properties;
export type WireEvidenceAck = outrider.v1.EvidenceAck.$Properties;
export type WireWatch = outrider.v1.Watch.$Properties;
export type WireWatchRequest = outrider.v1.WatchRequest.$Properties;
export type WireWatchAnswer = outrider.v1.WatchAnswer.$Properties;
