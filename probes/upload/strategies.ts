/** How a payload is uploaded by each protocol: one function each, which sends payload by `sendBody` alone. */
import { uploadByContentRange } from './content-range.ts';
import { uploadByIetf } from './ietf.ts';
import type { Protocol } from './params.ts';
import { uploadByPut } from './put.ts';
import { uploadByS3 } from './s3.ts';
import { uploadByTus } from './tus.ts';
import type { Failed, Uploaded, UploadRun } from './upload-run.ts';

/** Uploads the payload of the run. Never throws for the deeds of the peer. */
export type Strategy = (run: UploadRun) => Promise<Uploaded | Failed>;

export const STRATEGIES: Record<Protocol, Strategy> = {
  tus: uploadByTus,
  put: uploadByPut,
  s3: uploadByS3,
  ietf: uploadByIetf,
  'content-range': uploadByContentRange,
};
