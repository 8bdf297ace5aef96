# Read into a shell by `. local/shell.sh`, as `make run` says: what the README's story and
# docs/onboarding.md are told in. For sh, bash, zsh and the like.

PATH="${VENV:-$PWD/.venv}/bin:$PATH" # python3, and the AWS CLI

# api TOKEN PATH [more for curl]: calls the API, with a token that `ps` shows to nobody.
api() (
    token=$1 route=$2
    shift 2
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl -sS --config - -H 'Content-Type: application/json' "$DAYPASS$route" "$@"
)

# enter TOKEN ENGAGEMENT ROLE: this shell gets a session; refused, it has none at all.
# docs/using.md has the one for every day.
enter() {
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION \
        AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SECURITY_TOKEN AWS_ACCOUNT_ID AWS_PROFILE \
        AWS_DEFAULT_PROFILE
    eval "$(session "$@" || echo false)"
}

# slack PERSON: what stands on each line is typed by that person in Slack, as in make slack-demo.
slack() {
    python3 -m local.slack --as "$1"
}

# session TOKEN ENGAGEMENT ROLE: the lines that `enter` runs. Whatever else is answered is no line
# to run: it fails, and says why.
session() (
    if [ $# -ne 3 ]; then
        printf 'Daypass: enter takes a token, an engagement and a role.' >&2
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

# field NAME [NAME …]: what JSON has in that field, or in that field of that field. If it is a
# refusal, or has no such field, it fails and says so.
field() {
    python3 -c 'import json, sys
text = sys.stdin.read()
try:
    told = json.loads(text)
except ValueError:
    sys.exit("Daypass: This is no answer in JSON: " + (text.strip() or "it is empty"))
if "detail" in told:
    sys.exit("Daypass: " + told["detail"])
for name in sys.argv[1:]:
    if not isinstance(told, dict) or name not in told:
        sys.exit("There is no field " + name + " in this answer.")
    told = told[name]
print(told)' "$@"
}

# in_days NUMBER: the moment so many days from now.
in_days() {
    python3 -c 'import datetime, sys
now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)
print(f"{now + datetime.timedelta(days=int(sys.argv[1])):%Y-%m-%dT%H:%M:%SZ}")' "$1"
}
