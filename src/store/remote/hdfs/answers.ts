import * as z from 'zod/mini';

// What WebHDFS answers, as far as it is used. https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html

const fileStatus = z.object({
  /** The name in its folder; empty for the file or folder that was asked for. */
  pathSuffix: z.string(),
  type: z.string(),
  length: z.number().check(z.int(), z.nonnegative()),
  blockSize: z.number().check(z.int(), z.nonnegative()),
});
export type FileStatus = z.infer<typeof fileStatus>;

export const exceptionAnswer = z.object({
  RemoteException: z.object({ exception: z.string(), message: z._default(z.string(), '') }),
});
export const locationAnswer = z.object({ Location: z.string() });
export const booleanAnswer = z.object({ boolean: z.boolean() });
export const statusAnswer = z.object({ FileStatus: fileStatus });
export const listAnswer = z.object({ FileStatuses: z.object({ FileStatus: z.array(fileStatus) }) });
export const checksumAnswer = z.object({
  FileChecksum: z.object({
    algorithm: z.string().check(z.regex(/^[\w-]{1,100}$/)),
    /** In hexadecimal digits; more of them than `length` says may follow. */
    bytes: z.string().check(z.regex(/^[0-9a-f]{0,1000}$/i)),
    length: z.number().check(z.int(), z.nonnegative()),
  }),
});
export type RemoteChecksum = z.infer<typeof checksumAnswer>['FileChecksum'];
