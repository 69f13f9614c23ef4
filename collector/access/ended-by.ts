/** A stream that ends when a signal aborts, and tells its source so. */

/** `over` is called once, however it ended. */
export function endedBy(
  source: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  over: () => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let isOver = false;
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    over();
    return true;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener('abort', () => {
        if (!end()) return;
        controller.close();
        void reader.cancel().catch(() => undefined);
      });
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (isOver) return;
        if (!done) controller.enqueue(value);
        else if (end()) controller.close();
      } catch (error) {
        if (end()) controller.error(error);
      }
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  });
}
