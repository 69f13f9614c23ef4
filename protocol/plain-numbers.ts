/**
 * Sets protobufjs to plain numbers: every 64-bit field here stays below 2^53 (microseconds, bits per second,
 * sequence numbers), so no Long object is made per value. Imported before the generated codec, whose defaults are made
 * when it is loaded.
 */
import protobuf from 'protobufjs/minimal.js';

(protobuf.util as { Long: unknown }).Long = null;
protobuf.configure();
