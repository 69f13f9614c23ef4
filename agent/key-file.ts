/** A private key of this agent: made at the first need, in a file beside the spool that its user alone can read; it never leaves the machine. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface KeyKind {
  /** As `KeyObject` calls it. */
  readonly type: 'x25519' | 'ed25519';
  make(): KeyObject;
}

/** Reads the key, or makes it. Throws when the file is no such key, or cannot be written: a new one would not do what the old one did. */
export function keyFromFile(file: string, kind: KeyKind): KeyObject {
  const known = readKey(file, kind);
  if (known) return known;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const text = kind.make().export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    // Another process of this agent was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const made = readKey(file, kind);
  if (!made) throw new Error(`${file} was written and is not there`);
  return made;
}

function readKey(file: string, { type }: KeyKind): KeyObject | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const key = createPrivateKey(text);
  if (key.asymmetricKeyType !== type)
    throw new Error(`${file} is no ${type === 'x25519' ? 'X25519' : 'Ed25519'} key`);
  return key;
}
