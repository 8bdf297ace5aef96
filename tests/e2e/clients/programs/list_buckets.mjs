// Lists the buckets for each line of standard input, always with the same client.
import { createInterface } from "node:readline";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { fromEnv, fromHttp, fromIni, fromNodeProviderChain } from "@aws-sdk/credential-providers";

// Without `credentials`, the SDK tries one source after the other, and does not say why each failed.
const { AWS_PROFILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, WITH_EVERY_SOURCE } = process.env;
const source = AWS_PROFILE ? fromIni : AWS_CONTAINER_CREDENTIALS_FULL_URI ? fromHttp : fromEnv;
const credentials = WITH_EVERY_SOURCE ? fromNodeProviderChain : source;
const s3 = new S3Client({ credentials: credentials() });
console.log("---");
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    for (const bucket of Buckets) console.log(bucket.Name);
  } catch (error) {
    console.error(String(error));
  }
  console.log("---");
}
