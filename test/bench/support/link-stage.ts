/** A link with the truth server at its far end and an uploader at its near one: what the benchmark of uploads stands on. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LINK_ADDRESS, ThinLink } from './thin-link.ts';
import { TruthServer } from './truth-server.ts';
import { UploadSender } from './upload-sender.ts';

export class LinkStage {
  readonly link: ThinLink;
  readonly server: TruthServer;
  readonly sender: UploadSender;

  private constructor(link: ThinLink, server: TruthServer, sender: UploadSender) {
    this.link = link;
    this.server = server;
    this.sender = sender;
  }

  /** What is missing on this machine, as a sentence; undefined where it can be opened. */
  static missing(): string | undefined {
    if (spawnSync('curl', ['-V']).error) return 'there is no curl, the peer: install curl';
    return ThinLink.missing();
  }

  /** Throws where something is missing. */
  static async open(): Promise<LinkStage> {
    const link = ThinLink.open();
    let server: TruthServer | undefined;
    try {
      server = await TruthServer.start(LINK_ADDRESS.server, (...command) => link.at('server', ...command));
      const sender = await UploadSender.start(
        { allow: [`${LINK_ADDRESS.server}/32`], trustedCa: server.certificate.cert },
        (...command) => link.at('client', ...command),
      );
      return new LinkStage(link, server, sender);
    } catch (error) {
      await server?.close();
      link.close();
      throw error;
    }
  }

  /** What curl says of the same upload: bits a second. */
  async curl(url: string, file: string): Promise<number> {
    const options = [
      '-s',
      '-k',
      '-o',
      '/dev/null',
      '-H',
      'Expect:',
      '-w',
      '%{speed_upload}',
      '-T',
      file,
      url,
    ];
    const { args, command } = this.link.at('client', 'curl', options);
    const { stdout } = await promisify(execFile)(command, args);
    return Number(stdout) * 8;
  }

  async close(): Promise<void> {
    await this.sender.stop();
    await this.server.close();
    this.link.close();
  }
}
