"""List the buckets for each line of standard input, always with the same client."""

import sys

import boto3

s3 = None
print("---", flush=True)
for _ in sys.stdin:
    try:
        s3 = s3 or boto3.client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            print(bucket["Name"])
    except Exception as error:  # noqa: BLE001 - the test reads what the SDK says
        print(error, file=sys.stderr)
    print("---", flush=True)
