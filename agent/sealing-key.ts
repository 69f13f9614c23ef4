/** The key of an agent that secrets are sealed to. */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { newSealingKey } from '../protocol/sealed-secret.ts';
import { keyFromFile } from './key-file.ts';

export const SEALING_KEY_FILE = 'sealing-key.pem';

/** Reads the key, or makes it. Throws when the file is no key, or cannot be written: a new key would open nothing that was sealed. */
export function sealingKey(dataDir: string): KeyObject {
  return keyFromFile(join(dataDir, SEALING_KEY_FILE), { type: 'x25519', make: newSealingKey });
}
