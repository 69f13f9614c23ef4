/**
 * The code of the worker that runs one own module once. It is handed to the worker as text, so that an agent of a single file
 * needs no second one: nothing from outside of the function may be used in it but types.
 */
import type {
  OwnProbe,
  OwnProbeContext,
  OwnRequest,
  OwnRequestError,
  OwnResponse,
} from '../../probes/define-probe.ts';
import type { CallAnswer, FromWorker, ToWorker, WorkerJob } from './worker-messages.ts';

/** The text of the worker. The import stands in it as text too, since tools that pack modules rewrite those that they see. */
export function workerSource(): string {
  return `(${workerMain.toString()})((url) => import(url));`;
}

/**
 * Leaves the module neither files nor sockets nor processes: it can import some harmless modules of Node, and what else reaches out
 * is taken away before it is loaded. That keeps an honest module within its bounds; it is no wall against a hostile one.
 */
function workerMain(load: (url: string) => Promise<unknown>): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { registerHooks } = process.getBuiltinModule('node:module');
  const port = parentPort;
  if (!port) throw new Error('this code runs in a worker only');
  const job = workerData as WorkerJob;
  const controller = new AbortController();
  const waiting = new Map<number, (answer: CallAnswer) => void>();
  let calls = 0;

  const post = (message: FromWorker): void => port.postMessage(message);

  const call = (kind: 'request' | 'secret', argument: unknown): Promise<unknown> => {
    if (calls >= job.callsMax) return Promise.reject(new Error(`more than ${job.callsMax} calls in a run`));
    if (waiting.size >= job.callsAtOnce)
      return Promise.reject(new Error(`more than ${job.callsAtOnce} calls at once`));
    calls += 1;
    const id = calls;
    return new Promise((resolve, reject) => {
      waiting.set(id, (answer) => {
        waiting.delete(id);
        if (answer.ok) resolve(answer.value);
        else reject(Object.assign(new Error(answer.message), answer.failure && { failure: answer.failure }));
      });
      try {
        post({ kind, id, argument });
      } catch (error) {
        // Functions and the like cannot be sent.
        waiting.delete(id);
        reject(error);
      }
    });
  };

  const context: OwnProbeContext = {
    signal: controller.signal,
    agent: job.agent,
    async request(request: OwnRequest) {
      const { url, method, headers, body, maxBodyBytes } = request;
      const answer = (await call('request', { url, method, headers, body, maxBodyBytes })) as OwnResponse;
      const text = (): string => new TextDecoder().decode(answer.body);
      return { ...answer, text, json: () => JSON.parse(text()) as unknown };
    },
    secret: async (name) => (await call('secret', name)) as string | undefined,
  };

  const guard = (): void => {
    registerHooks({
      resolve(specifier, _context, next) {
        if (specifier === job.url) return { url: job.url, format: 'module', shortCircuit: true };
        if (/(^|\/)define-probe(\.[jt]s)?$/.test(specifier))
          return { url: 'outrider:define-probe', format: 'module', shortCircuit: true };
        const builtin = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
        if (job.builtins.includes(builtin)) return next(`node:${builtin}`);
        throw new Error(
          `an own probe cannot import ${JSON.stringify(specifier)}: bundle it into the one file that is signed off; of Node there are ${job.builtins.join(', ')}`,
        );
      },
      load(url, loading, next) {
        if (url === job.url) return { format: 'module', source: job.source, shortCircuit: true };
        if (url !== 'outrider:define-probe') return next(url, loading);
        const helper = 'export const defineProbe = (probe) => probe;';
        return { format: 'module', source: helper, shortCircuit: true };
      },
    });
    const { arch, hrtime, nextTick, platform, version, versions } = process;
    const harmless = Object.freeze({
      arch,
      env: Object.freeze({}),
      hrtime,
      nextTick,
      platform,
      version,
      versions,
    });
    const quiet = Object.fromEntries(Object.keys(console).map((name) => [name, () => undefined]));
    const reaching = [
      'fetch',
      'WebSocket',
      'EventSource',
      'BroadcastChannel',
      'require',
      'module',
      'exports',
    ];
    // Their memory is in neither of the two numbers that are bounded.
    const unbounded = ['WebAssembly', 'SharedArrayBuffer'];
    for (const name of [...reaching, ...unbounded]) Reflect.deleteProperty(globalThis, name);
    for (const [name, value] of Object.entries({ process: harmless, console: quiet }))
      Object.defineProperty(globalThis, name, { value, configurable: false, writable: false });
  };

  const describe = (error: unknown): string => {
    if (!(error instanceof Error)) return String(error);
    const where = error.stack?.split('\n').find((line) => line.includes(job.url));
    return `${error.name}: ${error.message}${where === undefined ? '' : ` (${where.trim()})`}`;
  };

  const fail = (error: unknown, code?: 'bad_params'): void => {
    const failure = (error as Partial<OwnRequestError> | null)?.failure;
    const message = describe(error).slice(0, job.messageCharsMax);
    post({ kind: 'failed', message, ...(failure ? { failure } : {}), ...(code ? { code } : {}) });
  };

  const run = async (): Promise<void> => {
    guard();
    const loaded = (await load(job.url)) as { readonly default?: OwnProbe<unknown> };
    const probe = loaded.default;
    if (typeof probe?.run !== 'function')
      throw new Error('the module does not default-export defineProbe({ … }) with a function run');
    let params = job.params;
    try {
      if (probe.params) params = probe.params.parse(params);
    } catch (error) {
      fail(error, 'bad_params');
      return;
    }
    const json = JSON.stringify(await probe.run(context, job.target, params)) ?? 'null';
    if (json.length > job.resultCharsMax)
      throw new Error(`the result is larger than ${job.resultCharsMax} characters`);
    post({ kind: 'result', json });
  };

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'abort') controller.abort(new DOMException('The deadline passed.', 'TimeoutError'));
    else waiting.get(message.id)?.(message.answer);
  });
  run().catch((error: unknown) => fail(error));
}
