/** What the process of the sandbox and its parent say to each other. */

/** Parent → sandbox, first: what to start. */
export interface StartSandbox {
  readonly type: 'start';
  readonly dataDir: string;
  readonly regions: readonly string[];
}

/** Parent → sandbox: these faults, as people write them; their times count from now. */
export interface InjectFaults {
  readonly type: 'faults';
  readonly faults: readonly string[];
}

/** Sandbox → parent: where everything listens, on 127.0.0.1. */
export interface SandboxReady {
  readonly type: 'ready';
  readonly originPort: number;
  readonly proxyPorts: Readonly<Record<string, number>>;
}

/** Sandbox → parent: it could not start. */
export interface SandboxFailed {
  readonly type: 'failed';
  readonly message: string;
}
