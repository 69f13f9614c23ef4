/** The dialogue of a `tcp` run: each step sends, then waits for what it expects. */
import { type Conversation, unheardFailure } from '../net/conversation.ts';
import type { Failure } from '../outcome.ts';
import { BoundedPatterns } from './bounded-patterns.ts';
import { TCP_LIMITS, type TcpStep } from './params.ts';

/** Undefined when every step went as expected. */
export async function converse(
  conversation: Conversation,
  steps: readonly TcpStep[],
): Promise<Failure | undefined> {
  const patterns = new BoundedPatterns();
  let groups: readonly (string | undefined)[] = [];
  for (const [at, step] of steps.entries()) {
    const bytes = bytesOf(step, groups);
    if (bytes) conversation.send(bytes);
    if (step.expect === undefined) continue;
    const expected = new RegExp(step.expect, 'm');
    const heard = await conversation.hear((pending) => {
      const match = patterns.exec(expected, pending.toString('latin1'));
      // Nothing is heard any more, and nothing waited for.
      if (patterns.failure) return 0;
      if (!match) return undefined;
      groups = match.slice(0, 10);
      return match.index + match[0].length;
    });
    if (patterns.failure) return patterns.failure;
    if (heard.ok) continue;
    const what = `step ${at + 1} of the dialogue got /${step.expect.slice(0, 60)}/`;
    return unheardFailure(heard, what, TCP_LIMITS.replyBytes.value);
  }
  return undefined;
}

function bytesOf({ send, sendHex }: TcpStep, groups: readonly (string | undefined)[]): Buffer | undefined {
  if (sendHex !== undefined) return Buffer.from(sendHex, 'hex');
  if (send === undefined) return undefined;
  const parts = send.split(/\$\{(\d)\}/);
  // Odd parts are the numbers of groups; what the peer said goes back to it byte by byte.
  return Buffer.concat(
    parts.map((part, at) =>
      at % 2 === 0 ? Buffer.from(part) : Buffer.from(groups[Number(part)] ?? '', 'latin1'),
    ),
  );
}
