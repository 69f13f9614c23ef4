import { describe, expect, it } from 'vitest';
import { checkRoom, connectionRoom } from '../../../cli/simulate/open-files.ts';
import { CliError } from '../../../cli/support/cli-error.ts';

function refusal(agents: number, room: { files: number; ports: number }): CliError {
  try {
    checkRoom(agents, room);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('it was accepted');
}

describe('the room for connections', () => {
  it('is read from the system', () => {
    const { files, ports } = connectionRoom();
    expect(files).toBeGreaterThan(100);
    expect(ports).toBeGreaterThan(1000);
    checkRoom(10);
  });

  it('that lacks files is refused with the command that helps', () => {
    const error = refusal(10_000, { files: 1024, ports: 28_000 });
    expect(error.message).toBe('10000 agents need 10200 open files, and this process may have 1024');
    expect([error.hint, error.exit]).toEqual(['ulimit -n 16384', 65]);
  });

  it('that lacks ports is refused too', () => {
    const error = refusal(20_000, { files: 65_536, ports: 16_000 });
    expect(error.message).toContain('16000');
    expect(error.hint).toContain('ip_local_port_range');
  });
});
