/** How a session begins: an agent says who it is and, where the collector has access control, shows it. */
import { ProtocolError } from '../../protocol/errors.ts';
import { type Challenge, type Hello, PROTOCOL_VERSION, type Proof } from '../../protocol/frame.ts';
import type { LinkGate, Visitor } from '../access/link-gate.ts';

const SPOKEN_VERSIONS: readonly number[] = [PROTOCOL_VERSION];

/** The other end of a connection. */
export type Peer = Pick<Visitor, 'socket' | 'address'>;

export interface IntroductionOptions {
  /** Absent where every agent is taken at its word. */
  readonly gate: LinkGate | undefined;
  readonly peer: Peer;
  /** True once the session is of no use. */
  isOver(): boolean;
  send(challenge: Challenge): void;
  /** Once: it is who it says. */
  admit(hello: Hello, version: number): void;
  /** It is not, or that cannot be known now. */
  refuse(error: ProtocolError): void;
}

export class Introduction {
  readonly #options: IntroductionOptions;
  #state: 'silent' | 'looking' | 'asked' | 'checking' | 'known' = 'silent';
  #claim: { readonly hello: Hello; readonly version: number; readonly challenge?: Challenge } | undefined;

  constructor(options: IntroductionOptions) {
    this.#options = options;
  }

  /** What is waited for: a frame of the agent; undefined when it is this side's turn. */
  get awaits(): 'hello' | 'proof' | undefined {
    return this.#state === 'silent' ? 'hello' : this.#state === 'asked' ? 'proof' : undefined;
  }

  /** As the agent was told; undefined where it was not asked. */
  get session(): string | undefined {
    return this.#claim?.challenge?.session;
  }

  /** Throws a `ProtocolError` for a second one, or one of an unknown version. */
  hello(hello: Hello): void {
    if (this.#state !== 'silent') throw new ProtocolError('bad_frame', 'hello came twice');
    const version = hello.versions.find((spoken) => SPOKEN_VERSIONS.includes(spoken));
    if (version === undefined) {
      throw new ProtocolError(
        'version',
        `the agent speaks ${hello.versions.join(', ') || 'no version'}, the collector ${SPOKEN_VERSIONS.join(', ')}`,
      );
    }
    const { gate } = this.#options;
    this.#claim = { hello, version };
    if (!gate) {
      this.#known();
      return;
    }
    this.#state = 'looking';
    gate.challenge(this.#visitor(hello)).then(
      (challenge) => this.#ask({ hello, version, challenge }),
      (error: unknown) => this.#refuse(error),
    );
  }

  /** Throws a `ProtocolError` for one that was not asked for: there is one answer a challenge. */
  proof(proof: Proof): void {
    const { challenge, hello } = this.#claim ?? {};
    const { gate } = this.#options;
    if (this.#state !== 'asked' || !challenge || !hello || !gate)
      throw new ProtocolError('bad_frame', 'a proof came that was not asked for');
    this.#state = 'checking';
    gate.check(this.#visitor(hello), challenge, proof).then(
      () => this.#known(),
      (error: unknown) => this.#refuse(error),
    );
  }

  #ask(claim: { readonly hello: Hello; readonly version: number; readonly challenge: Challenge }): void {
    if (this.#options.isOver()) return;
    this.#state = 'asked';
    this.#claim = claim;
    this.#options.send(claim.challenge);
  }

  #known(): void {
    if (!this.#claim || this.#options.isOver()) return;
    this.#state = 'known';
    this.#options.admit(this.#claim.hello, this.#claim.version);
  }

  #visitor(hello: Hello): Visitor {
    return { hello, ...this.#options.peer };
  }

  /** What is no verdict is trouble of the store. */
  #refuse(error: unknown): void {
    const unknown = 'the store does not answer: who is enrolled is not known';
    this.#options.refuse(error instanceof ProtocolError ? error : new ProtocolError('unavailable', unknown));
  }
}
