# Shell functions for the README's story and docs/onboarding.md. `make run` prints the line to paste:
# `. local/shell.sh`. For sh, bash and zsh.

PATH="${VENV:-$PWD/.venv}/bin:$PATH" # python3, and the AWS CLI

# api TOKEN PATH [CURL OPTIONS]: calls the API. `ps` does not show the token.
api() (
    token=$1 route=$2
    shift 2
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl -sS --config - -H 'Content-Type: application/json' "$DAYPASS$route" "$@"
)

# enter TOKEN ENGAGEMENT ROLE: gets a session for this shell. After a refusal the shell has no AWS
# credentials. docs/using.md has a version for everyday use.
enter() {
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION \
        AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SECURITY_TOKEN AWS_ACCOUNT_ID AWS_PROFILE \
        AWS_DEFAULT_PROFILE
    eval "$(session "$@" || echo false)"
}

# slack PERSON: sends each line of stdin as that person's command in Slack, as make slack-demo does.
slack() {
    python3 -m local.slack --as "$1"
}

# session TOKEN ENGAGEMENT ROLE: prints the lines that `enter` runs. If the response is anything
# else, fails and prints the reason.
session() (
    if [ $# -ne 3 ]; then
        printf 'Daypass: enter needs a token, an engagement and a role.' >&2
        printf ' For example: enter $ALICE acme-prod readonly\n' >&2
        exit 1
    fi
    answer=$(api "$1" "/v1/engagements/$2/sessions" \
        -d "{\"role\": \"$3\", \"format\": \"env\"}") || exit
    case $answer in
        'unset AWS_'*) printf '%s\n' "$answer" ;;
        *) printf '%s\n' "$answer" | field expires_at >&2 && exit 1 ;;
    esac
)

# field NAME [NAME …]: prints that field of the JSON on stdin; further names go into nested objects.
# Fails, with a message, for a refusal or a missing field.
field() {
    python3 -c 'import json, sys
text = sys.stdin.read()
try:
    value = json.loads(text)
except ValueError:
    sys.exit("Daypass: The response is not JSON: " + (text.strip() or "it is empty"))
if "detail" in value:
    sys.exit("Daypass: " + value["detail"])
for name in sys.argv[1:]:
    if not isinstance(value, dict) or name not in value:
        sys.exit("The response has no field " + name + ".")
    value = value[name]
print(value)' "$@"
}

# in_days NUMBER: prints the time in UTC, this many days from now.
in_days() {
    python3 -c 'import datetime, sys
now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)
print(f"{now + datetime.timedelta(days=int(sys.argv[1])):%Y-%m-%dT%H:%M:%SZ}")' "$1"
}
