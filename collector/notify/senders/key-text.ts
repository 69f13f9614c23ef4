/** Names of threads and messages in the form that headers and other services take. */
import { createHash } from 'node:crypto';

const LONGEST = 200;

/** As it is where that is short plain text, else its digest: the same for the same name, always. */
export function keyText(name: string): string {
  if (name.length <= LONGEST && /^[\x21-\x7e]+$/.test(name)) return name;
  return createHash('sha256').update(name).digest('hex');
}
