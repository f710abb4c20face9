/** How a remote archive is reached, besides its URL. */
export interface RemoteOptions {
  readonly hdfs?: {
    /** Whose files they are, where the cluster believes what it is told. @default HADOOP_USER_NAME, else who runs the process */
    readonly user?: string;
    /** A delegation token, in place of a user. @default METLOG_HDFS_TOKEN, else none */
    readonly delegationToken?: string;
    /** WebHDFS by https, on port 9871 unless another is named; NODE_EXTRA_CA_CERTS names authorities to trust beside those that Node knows. @default false: http */
    readonly tls?: boolean;
  };
  readonly s3?: {
    /** @default AWS_REGION, else us-east-1 */
    readonly region?: string;
    /** Of a store that is not Amazon's: `https://s3.example`. @default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else Amazon's */
    readonly endpoint?: string;
    /** @default what the AWS SDK finds: environment, profile, instance */
    readonly accessKeyId?: string;
    readonly secretAccessKey?: string;
    /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. @default true where `endpoint` is given */
    readonly pathStyle?: boolean;
  };
}
