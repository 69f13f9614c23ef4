/**
 * A process whose clock is wrong, for certificates too: a library in front of the C library, built here, which moves the time of day. The
 * clocks that only measure stay as they are, as they do when somebody sets the time. Linux, `cc`.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = `
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long shift(void) {
  static long seconds; static int known;
  if (!known) { const char *text = getenv("CLOCK_SHIFT_S"); seconds = text ? atol(text) : 0; known = 1; }
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *at) {
  int end = syscall(SYS_clock_gettime, id, at);
  if (end == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += shift();
  return end;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
`;

/** What the environment of a process must have for its clock to be so far ahead. Throws what is missing. */
export function shiftedClock(directory: string, aheadMs: number): Readonly<Record<string, string>> {
  const [source, library] = [join(directory, 'clock-shift.c'), join(directory, 'clock-shift.so')];
  writeFileSync(source, SOURCE);
  const { error, status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source], {
    encoding: 'utf8',
  });
  if (error) throw new Error('there is no cc: install a C compiler');
  if (status !== 0) throw new Error(`the wrong clock cannot be built: ${stderr.slice(-500)}`);
  return { LD_PRELOAD: library, CLOCK_SHIFT_S: String(Math.round(aheadMs / 1000)) };
}
