/** The key of an agent that secrets are sealed to. It is made at the first start, lies beside the spool, and never leaves the machine. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSealingKey } from '../protocol/sealed-secret.ts';

export const SEALING_KEY_FILE = 'sealing-key.pem';

/** Reads the key, or makes it. Throws when the file is no key, or cannot be written: a new key would open nothing that was sealed. */
export function sealingKey(dataDir: string): KeyObject {
  const file = join(dataDir, SEALING_KEY_FILE);
  const known = readKey(file);
  if (known) return known;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    const text = newSealingKey().export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    // Another process of this agent was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const made = readKey(file);
  if (!made) throw new Error(`${file} was written and is not there`);
  return made;
}

function readKey(file: string): KeyObject | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const key = createPrivateKey(text);
  if (key.asymmetricKeyType !== 'x25519') throw new Error(`${file} is no X25519 key`);
  return key;
}
