/** Whose turn it is to take out one that fell silent. */
import { MEMBER_LIMITS } from './limits.ts';
import type { SeenMember } from './roll.ts';

type Seen = Pick<SeenMember, 'incarnation' | 'fenced'>;

/**
 * The members that `own` is to take out now. Of several collectors that see one fall silent the first in the order of `members`
 * takes it out; each further one waits a turn longer, for those before it may be gone as well.
 *
 * @param silentMs - how long a member has given no sign of life.
 */
export function toTakeOut<T extends Seen>(
  own: string,
  members: readonly T[],
  silentMs: (member: T) => number,
): readonly T[] {
  const { deadMs, turnMs } = MEMBER_LIMITS;
  const living = members.filter((member) => !member.fenced && silentMs(member) < deadMs.value);
  const turn = Math.max(
    0,
    living.findIndex(({ incarnation }) => incarnation === own),
  );
  return members.filter(
    (member) => member.incarnation !== own && silentMs(member) >= deadMs.value + turn * turnMs.value,
  );
}
