/** Frames to bytes and back. One Envelope of `outrider.proto` a frame; results are columnar with a dictionary a batch. */
import type { Frame } from './frame.ts';

/** Encodes one frame. Strings over the limit are cut; throws `ProtocolError` only for what the caller could have avoided. */
export function encodeFrame(_frame: Frame): Uint8Array {
  throw new Error('not yet');
}

/** Decodes and validates one frame; throws `ProtocolError('bad_frame')` saying what is wrong. */
export function decodeFrame(_bytes: Uint8Array): Frame {
  throw new Error('not yet');
}
