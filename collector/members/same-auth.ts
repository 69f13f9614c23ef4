/** All collectors on a store ask everybody who they are, or none does: one that does not would be the way around the others. */
import { CollectorError } from '../errors.ts';
import type { MemberRow } from './roll.ts';

/** `others`: those that live, as far as is known. Throws `CollectorError('auth_differs')`. */
export function checkSameAuth({ auth }: Pick<MemberRow, 'auth'>, others: readonly MemberRow[]): void {
  const other = others.find((one) => one.auth !== '' && one.auth !== auth);
  if (!other) return;
  const { name, url } = other;
  throw new CollectorError(
    'auth_differs',
    auth === 'on'
      ? `The collector ${name} (${url}) works on the same store without access control: whoever reaches it may read and change everything.`
      : `The collector ${name} (${url}) works on the same store with access control, which this one would be the way around.`,
    auth === 'on'
      ? 'Stop the collectors that run without --auth first, then start all of them with it. One that was killed counts as gone after ten seconds.'
      : 'Start this one with --auth, too; or stop the others first. One that was killed counts as gone after ten seconds.',
  );
}
