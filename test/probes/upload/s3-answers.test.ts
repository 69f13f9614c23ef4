import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completion, textOf } from '../../../probes/upload/s3-answers.ts';

describe('an answer of S3', () => {
  it('names the upload', () => {
    const xml =
      '<?xml version="1.0"?><InitiateMultipartUploadResult><Bucket>b</Bucket><UploadId>VXBsb2FkIElE.a_-</UploadId></InitiateMultipartUploadResult>';
    expect(textOf(Buffer.from(xml), 'UploadId')).toBe('VXBsb2FkIElE.a_-');
    expect(textOf(Buffer.from(xml), 'Code')).toBeUndefined();
  });

  it('has its references resolved', () => {
    expect(textOf(Buffer.from('<A>&lt;&amp;lt;&quot;&#65;&#x42;&#xFFFFFF;</A>'), 'A')).toBe('<&lt;"AB');
  });
});

describe('the completion of a multipart upload', () => {
  it('lists the parts from 1 on', () => {
    expect(completion(['"a"', '"b"'])).toBe(
      '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part><Part><PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag></Part></CompleteMultipartUpload>',
    );
  });

  it('holds any tag so that it is read back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (etag) => {
        expect(textOf(Buffer.from(completion([etag])), 'ETag')).toBe(Buffer.from(etag).toString());
      }),
    );
  });
});
