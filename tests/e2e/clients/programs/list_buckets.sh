# Lists the buckets for each line of standard input, each time in a new process.
echo ---
while read -r _; do
  "$AWS" s3api list-buckets --query 'Buckets[].[Name]' --output text
  echo ---
done
