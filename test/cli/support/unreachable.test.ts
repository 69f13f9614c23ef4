/** Real servers that cannot be spoken to, and what is said of each. */
import { createServer as createPlain } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient, type Caller } from '../../../cli/support/api-client.ts';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { makeAuthority, makeCertificate } from '../../probes/net/certificates.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const tls = (): Promise<number> =>
  portOf(createTls(makeCertificate({ names: ['127.0.0.1'], authority: makeAuthority('nobody') })));

async function failure(url: string, caller: Caller = {}): Promise<CliError> {
  try {
    await new ApiClient(url, 5000, caller).get('/');
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a CliError');
}

describe('a collector that cannot be reached', () => {
  it('with a certificate that is not trusted is told with what trusts it', async () => {
    const error = await failure(`https://127.0.0.1:${await tls()}`);
    expect([error.exit, error.why]).toEqual([
      EXIT.unreachable,
      expect.stringMatching(/^its certificate is of an authority that is not trusted here \([A-Z_]+\)$/),
    ]);
    expect(error.hint).toContain('OUTRIDER_CA=FILE');
  });

  it('that speaks https and was asked in the clear is told with its right address', async () => {
    const port = await tls();
    const error = await failure(`http://127.0.0.1:${port}`);
    expect([error.exit, error.hint]).toEqual([
      EXIT.unreachable,
      expect.stringContaining(`--collector https://127.0.0.1:${port}`),
    ]);
  });

  it('says who named its address, unless that was this command', async () => {
    const gone = createPlain();
    const url = `http://127.0.0.1:${await portOf(gone)}`;
    await new Promise((resolve) => gone.close(resolve));
    const origin = 'context lab (OUTRIDER_CONTEXT)';
    const byContext = await failure(url, { origin });
    expect(byContext.why).toMatch(/ECONNREFUSED.*\nthe address is of context lab \(OUTRIDER_CONTEXT\)$/);
    expect(byContext.hint).toContain('outrider contexts list');
    const byHand = await failure(url, { origin: '--collector' });
    expect(byHand.why).not.toContain('the address is of');
    expect(byHand.hint).toContain('npm run up');
  });
});
