import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../probes/outcome.ts';
import type { Clock, RunResult } from '../../../probes/probe.ts';
import { nextChunk } from '../../../probes/upload/chunk-plan.ts';
import { UPLOAD_LIMITS } from '../../../probes/upload/limits.ts';
import { uploadParams } from '../../../probes/upload/params.ts';
import {
  type Appended,
  type Part,
  type Resumable,
  type Standing,
  uploadResumably,
} from '../../../probes/upload/resumable.ts';
import type { BodySent } from '../../../probes/upload/send-body.ts';
import type { Failed, UploadRun } from '../../../probes/upload/upload-run.ts';
import { withUploadRun } from '../../../probes/upload/with-upload-run.ts';
import { clock, runContext } from '../net/run-context.ts';
import { failureOf } from './probe-run.ts';

const LOST: Failure = {
  layer: 'upload_chunk',
  blame: 'unknown',
  code: 'reset',
  message: 'The connection broke.',
};

function lost(ackedBytes: number, isCut: boolean): Appended {
  const cut = isCut ? { isCut: true as const } : {};
  return { ok: false, sent: { ok: false, failure: LOST, evidence: 'pending', ackedBytes, ...cut } };
}

/** A body that was answered at once; the loop looks at its times and its answer only. */
function answered(): BodySent & { ok: true } {
  const atMs = clock.monotonicMs();
  return {
    ok: true,
    answer: Buffer.from('done'),
    firstByteMs: atMs,
    accepted: { atMs, clock: 'app' },
    endMs: atMs,
    response: { headMs: atMs } as (BodySent & { ok: true })['response'],
  };
}

/** A service by the book, in memory: it takes parts, and of those that break off what `keep` says. */
class Service implements Resumable {
  held: Buffer = Buffer.alloc(0);
  readonly parts: Part[] = [];
  questions = 0;
  readonly #size: number;
  readonly #chunkBytes: number;

  constructor(size: number, chunkBytes: number) {
    this.#size = size;
    this.#chunkBytes = chunkBytes;
  }

  create(): ReturnType<Resumable['create']> {
    return Promise.resolve({ ok: true });
  }

  next(offset: number) {
    return nextChunk(offset, this.#size, this.#chunkBytes);
  }

  /** Of `acked` bytes of a broken part. */
  keep(acked: number): number {
    return acked;
  }

  take(bytes: Uint8Array): number {
    return bytes.length;
  }

  async append(part: Part): Promise<Appended> {
    this.parts.push(part);
    expect(part.offset).toBe(this.held.length);
    if (part.cut) {
      expect(part.cut.atBytes).toBeLessThan(part.bytes.length);
      this.held = Buffer.concat([this.held, part.bytes.subarray(0, this.keep(part.cut.atBytes))]);
      return lost(part.cut.atBytes, true);
    }
    this.held = Buffer.concat([this.held, part.bytes.subarray(0, this.take(part.bytes))]);
    return { ok: true, sent: answered(), offset: this.held.length };
  }

  async standing(): Promise<Standing | Failed> {
    this.questions++;
    return { ok: true, offset: this.held.length, isComplete: this.held.length === this.#size };
  }
}

async function runWith(
  params: object,
  driver: (run: UploadRun) => Resumable,
  time: Clock = clock,
): Promise<RunResult & { payload: Buffer }> {
  let payload: Buffer = Buffer.alloc(0);
  const target = { name: 'upload', url: 'http://127.0.0.1/', labels: {} };
  const parsed = uploadParams.parse({ kind: 'noise', ...params });
  const result = await withUploadRun(
    { ...runContext(), clock: time },
    target,
    parsed,
    'upload',
    async (run) => {
      payload = run.payload;
      const uploaded = await uploadResumably(run, driver(run));
      if (!uploaded.ok) return uploaded.failure;
      run.attributes.answer = uploaded.answer.toString();
      return undefined;
    },
  );
  return { ...result, payload };
}

describe('the loop of resumable uploads', () => {
  it('sends every byte once and in order when nothing breaks', async () => {
    const service = new Service(1000, 300);
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(service.held.equals(result.payload)).toBe(true);
    expect(service.parts.map(({ isLast }) => isLast)).toEqual([false, false, false, true]);
    expect(result.metrics).toMatchObject({ upload_bytes: 1000, upload_chunk_count: 4 });
    expect(result.metrics).not.toHaveProperty('upload_resume_count');
    expect(result.attributes).not.toHaveProperty('resumed');
    expect(result.attributes.answer).toBe('done');
  });

  it('puts the payload together whatever the sizes, wherever it is cut, and however much is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 20, max: 3000 }),
        fc.integer({ min: 20, max: 3000 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (sizeBytes, chunkBytes, cutAtPercent, share) => {
          const service = new Service(sizeBytes, chunkBytes);
          let lostBytes = 0;
          service.keep = (acked) => {
            const kept = Math.floor(acked * share);
            lostBytes += acked - kept;
            return kept;
          };
          const result = await runWith({ sizeBytes, cutAtPercent }, () => service);
          expect(failureOf(result)).toBe('ok');
          expect(service.held.equals(result.payload)).toBe(true);
          const cuts = service.parts.filter(({ cut }) => cut).length;
          expect(service.questions).toBe(cuts);
          if (cuts === 0) return;
          expect(result.metrics).toMatchObject({
            upload_resume_count: cuts,
            upload_resume_lost_bytes: lostBytes,
            upload_chunk_count: service.parts.length,
          });
          const ordered = [...cutAtPercent].sort((one, other) => one - other).join(',');
          expect(result.attributes.cut_at_percent).toBe(ordered);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('trusts a service that took less than it was sent, and goes on from there', async () => {
    const service = new Service(1000, 400);
    service.take = (bytes) => Math.min(bytes.length, 256);
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(service.held.equals(result.payload)).toBe(true);
    expect(service.parts.map(({ offset }) => offset)).toEqual([0, 256, 512, 768]);
  });

  it.each([
    ['took nothing', 0],
    ['claims more than it was sent', 400],
  ])('does not go on with a service that %s', async (_what, offset) => {
    const service = new Service(1000, 300);
    service.append = async () => ({ ok: true, sent: answered(), offset });
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('upload_chunk/offset_mismatch target');
  });

  it('gives up on a service that takes ever so little', async () => {
    const service = new Service(5000, 300);
    service.take = () => 1;
    const result = await runWith({ sizeBytes: 5000 }, () => service);
    expect(failureOf(result)).toBe('upload_chunk/bad_response target');
    expect(service.parts).toHaveLength(UPLOAD_LIMITS.requests.value);
    expect(result.metrics.upload_chunk_count).toBe(UPLOAD_LIMITS.requests.value);
  });

  it('finishes by an empty part what is whole and not complete after a cut', async () => {
    const service = new Service(1000, 1000);
    let isComplete = false;
    service.append = async (part) => {
      service.parts.push(part);
      if (part.bytes.length === 0) {
        isComplete = true;
        return { ok: true, sent: answered(), offset: 1000 };
      }
      return lost(999, true);
    };
    service.standing = async () => ({ ok: true, offset: 1000, isComplete });
    const result = await runWith({ sizeBytes: 1000, cutAtPercent: [99] }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(service.parts.map(({ offset, isLast }) => [offset, isLast])).toEqual([
      [0, true],
      [1000, true],
    ]);
  });

  it('takes the final answer from the standing where it was lost with the connection', async () => {
    const service = new Service(1000, 1000);
    service.append = async () => lost(1000, false);
    service.standing = async () => ({
      ok: true,
      offset: 1000,
      isComplete: true,
      answer: Buffer.from('late'),
    });
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.answer).toBe('late');
    expect(result.metrics).toHaveProperty('upload_total_ms');
    expect(result.metrics).not.toHaveProperty('upload_send_ms');
  });

  it('counts what was acknowledged and not kept as lost, though nobody cut', async () => {
    const service = new Service(1000, 1000);
    const append = service.append.bind(service);
    let isFirst = true;
    service.append = async (part) => {
      if (!isFirst) return append(part);
      isFirst = false;
      service.held = Buffer.from(part.bytes.subarray(0, 200));
      return lost(600, false);
    };
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(service.held.equals(result.payload)).toBe(true);
    expect(result.metrics).toMatchObject({ upload_resume_count: 1, upload_resume_lost_bytes: 400 });
  });

  it('does not say what was lost where nobody knows what was acknowledged', async () => {
    const service = new Service(1000, 1000);
    const append = service.append.bind(service);
    let isFirst = true;
    service.append = async (part) => {
      if (!isFirst) return append(part);
      isFirst = false;
      return { ok: false, sent: { ok: false, failure: LOST, evidence: 'none' } };
    };
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_resume_count).toBe(1);
    expect(result.metrics).not.toHaveProperty('upload_resume_lost_bytes');
  });

  it('counts losses against the resumes that are allowed, and cuts not', async () => {
    const service = new Service(1000, 1000);
    let losses = 0;
    const append = service.append.bind(service);
    service.append = async (part) => {
      if (part.cut) return append(part);
      if (losses++ < 1) return lost(0, false);
      return append(part);
    };
    const params = { sizeBytes: 1000, resumes: 1, cutAtPercent: [20, 40, 60] };
    const result = await runWith(params, () => service);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_resume_count).toBe(4);
  });

  it('fails as what was lost, and says that it could not be resumed, when the connection breaks again', async () => {
    const service = new Service(1000, 1000);
    service.append = async () => lost(0, false);
    const again: Failure = { ...LOST, message: 'It broke again.' };
    service.standing = async () => ({ ok: false, failure: again });
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('upload_chunk/reset unknown');
    expect(result.outcome === 'fail' && result.failure.message).toBe(
      'The connection broke. It could not be resumed: It broke again.',
    );
  });

  it('does not resume what is no lost connection', async () => {
    const service = new Service(1000, 1000);
    const failure: Failure = { ...LOST, code: 'timeout' };
    service.append = async () => ({ ok: false, sent: { ok: false, failure, evidence: 'pending' } });
    const result = await runWith({ sizeBytes: 1000, resumes: 5 }, () => service);
    expect(failureOf(result)).toBe('upload_chunk/timeout unknown');
    expect(service.questions).toBe(0);
  });

  it('waits for a lock no longer than its limit', async () => {
    const service = new Service(1000, 1000);
    let lateMs = 0;
    // A third of the limit passes with every question.
    service.standing = async () => {
      service.questions++;
      lateMs += UPLOAD_LIMITS.lockedMs.value / 3;
      const failure: Failure = { layer: 'upload_chunk', blame: 'target', code: 'locked', message: 'Locked.' };
      return { ok: false, failure, status: 423 };
    };
    const late: Clock = { ...clock, monotonicMs: () => clock.monotonicMs() + lateMs };
    const result = await runWith({ sizeBytes: 1000, cutAtPercent: [50] }, () => service, late);
    expect(failureOf(result)).toBe('upload_chunk/locked target');
    expect(service.questions).toBe(3);
    expect(result.attributes.lock_waited).toBe('true');
  });

  it('ends where the creation fails', async () => {
    const service = new Service(1000, 1000);
    service.create = async () => ({ ok: false, failure: { ...LOST, layer: 'upload_create' } });
    const result = await runWith({ sizeBytes: 1000 }, () => service);
    expect(failureOf(result)).toBe('upload_create/reset unknown');
    expect(service.parts).toHaveLength(0);
    expect(result.metrics).not.toHaveProperty('upload_chunk_count');
  });
});
