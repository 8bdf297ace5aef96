// Lists the buckets for each line of standard input, always with the same client.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx) // the profile of AWS_PROFILE
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client := s3.NewFromConfig(cfg)
	fmt.Println("---")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		result, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			fmt.Fprintln(os.Stderr, "ListBuckets:", err)
		} else {
			for _, bucket := range result.Buckets {
				fmt.Println(aws.ToString(bucket.Name))
			}
		}
		fmt.Println("---")
	}
}
