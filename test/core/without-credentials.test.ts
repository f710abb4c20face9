import { expect, it } from 'vitest';
import { withoutCredentials } from '../../src/core/without-credentials.ts';

it.each([
  ['https://SECRET@sentry.io/1', 'https://…@sentry.io/1'],
  ['hdfs://etl:SECRET@nn/x', 'hdfs://…@nn/x'],
  // Half of the secret keys of S3 have a slash in them.
  ['s3://AKIA:SEC/RET@bucket/x', 's3://…@bucket/x'],
  ['hdfs://etl:SEC@RET@nn/x', 'hdfs://…@nn/x'],
  ['hdfs://nn/x?delegation=SECRET', 'hdfs://nn/x?…'],
  ['https://x/#token=SECRET', 'https://x/#…'],
  ['hdfs://etl@nn/x?delegation=SECRET', 'hdfs://…@nn/x?…'],
  ['hdfs://etl:SEC?RET@nn/x', 'hdfs://…'],
  ['https://x/?from=a@b&token=SECRET', 'https://…'],
  ['hdfs:/nn/x?user.name=etl&delegation=SECRET', 'hdfs:/nn/x?user.name=…&delegation=…'],
  ['nn:9870/x?delegation=SECRET', 'nn:9870/x?delegation=…'],
])('leaves out of %s what may be a secret', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

it.each([['hdfs://nn1:9870,nn2:9870/metlog'], ['/var/lib/metlog'], ['me@example.com'], ['k=v'], ['really?'], ['']])(
  'leaves %j as it is',
  (text) => {
    expect(withoutCredentials(text)).toBe(text);
  },
);
