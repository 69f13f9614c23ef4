/** Who says it: the user of this machine, unless told otherwise. */
import { userInfo } from 'node:os';
import { Flags } from '@oclif/core';

function userHere(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER || 'somebody';
  }
}

export const authorFlag = Flags.string({
  description: 'Who says so; the user of this machine when absent.',
  env: 'OUTRIDER_AUTHOR',
  default: async () => userHere(),
  helpValue: 'NAME',
});
