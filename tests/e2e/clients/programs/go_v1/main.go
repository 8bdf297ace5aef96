// Lists the buckets for each line of standard input, always with the same client.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/s3"
)

func main() {
	// The profile of AWS_PROFILE. Without SharedConfigEnable, this SDK does not read ~/.aws/config.
	sess := session.Must(session.NewSessionWithOptions(session.Options{
		SharedConfigState: session.SharedConfigEnable,
		// For the local AWS only: this SDK does not read AWS_ENDPOINT_URL.
		Config: aws.Config{Endpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL"))},
	}))
	client := s3.New(sess)
	fmt.Println("---")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		result, err := client.ListBuckets(&s3.ListBucketsInput{})
		if err != nil {
			fmt.Fprintln(os.Stderr, "ListBuckets:", err)
		} else {
			for _, bucket := range result.Buckets {
				fmt.Println(aws.StringValue(bucket.Name))
			}
		}
		fmt.Println("---")
	}
}
