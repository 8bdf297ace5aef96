"""The script form: sh and the AWS CLI, to be run by the client's admin, and run again at will."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import INLINE_POLICY_NAME, Setup
from chalicelib.domain.onboarding.setup.permissions import PRESETS
from chalicelib.domain.onboarding.setup.quoting import comment, shell
from chalicelib.domain.onboarding.setup.trust import trust_policy

FILE = "daypass-role.sh"

# Not `echo`: some shells' takes a backslash in what it is given for code.
_RIGHT_ACCOUNT = """\
say() {
  printf '%s\\n' "$1" >&2
}

found=$(aws sts get-caller-identity --query Account --output text)
if [ "$found" != "$account" ]; then
  say "This role belongs in AWS account $account, and these credentials are for $found."
  exit 1
fi"""

# `--option="$value"` and not `--option "$value"`: a role's name may begin with a hyphen.
_IS_IT_OURS = """\
overwrite= detach= keep=
for word in "$@"; do
  case "$word" in
    --overwrite) overwrite=yes ;;
    --detach=*) detach="$detach ${word#--detach=}" ;;
    --keep=*) keep="$keep ${word#--keep=}" ;;
    *)
      say "This takes --overwrite, --detach=ARN and --keep=ARN, and not $word. Nothing was changed."
      exit 1 ;;
  esac
done

# The role is brought up to date if it is there, and made if it is not. One that this did not make
# is left alone, unless the script is run with --overwrite. Who attached a policy cannot be seen:
# one that may be yours as well as an earlier run's is detached only with --detach and its ARN.
there=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) || there=
if [ -n "$there" ]; then
  if [ "$there" != "$arn" ]; then
    say "There is another role of this name, $there. Nothing was changed."
    exit 1
  fi
  asks=
  about=$(aws iam get-role --role-name="$role" --query Role.Description --output text)
  case "$overwrite $about" in
    yes* | *Daypass*) ;;
    *)
      asks=yes
      say "There is a role $role that this script did not make."
      say "With --overwrite its trust policy, its description and its longest session are replaced,"
      say "and it may do what is asked for beside what it may do now. A permissions boundary of"
      say "yours stays." ;;
  esac
  attached=$(aws iam list-attached-role-policies --role-name="$role" \\
    --query 'AttachedPolicies[].PolicyArn' --output text)
  for attached_arn in $attached; do
    case " $detach $keep " in
      *" $attached_arn "*) continue ;;
    esac
    case " $may_be_ours " in
      *" $attached_arn "*)
        asks=yes
        say "The role $role has the policy $attached_arn, which is not asked for: an earlier run"
        say "may have attached it, or somebody of yours. Choose --detach=$attached_arn"
        say "or --keep=$attached_arn" ;;
    esac
  done
  if [ -n "$asks" ]; then
    say "Nothing was changed. Run this again with what you choose."
    exit 1
  fi
  capped=$(aws iam get-role --role-name="$role" --output text \\
    --query Role.PermissionsBoundary.PermissionsBoundaryArn)
fi"""

_NO_OTHER_BOUNDARY = """\
# A permissions boundary that this did not set may be there for a reason: it is not replaced.
if [ -n "$there" ]; then
  case "$capped" in
    None | "$boundary_arn" | "$our_boundary_arn") ;;
    *)
      say "The role $role has another permissions boundary, $capped. Nothing was changed."
      say "Ask us to name that one, or take it away yourself and run this again."
      exit 1 ;;
  esac
fi"""

_TRUST_ALONE = """\
there=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) || there=
if [ "$there" != "$arn" ]; then
  say "There is no role $arn. Nothing was changed."
  exit 1
fi

aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
printf '%s\\n' "$arn\""""

_BOUNDARY_MADE = """\
# The permissions boundary. IAM keeps five versions of a policy: make room for the new one.
if aws iam get-policy --policy-arn="$boundary_arn" >/dev/null 2>&1; then
  versions=$(aws iam list-policy-versions --policy-arn="$boundary_arn" \\
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text)
  for version in $versions; do
    aws iam delete-policy-version --policy-arn="$boundary_arn" --version-id="$version"
  done
  aws iam create-policy-version --policy-arn="$boundary_arn" \\
    --policy-document="$boundary" --set-as-default >/dev/null
else
  aws iam create-policy --policy-name="$boundary_name" --description="$boundary_description" \\
    --policy-document="$boundary" >/dev/null
fi"""

_ROLE = """\
if [ -n "$there" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \\
    --max-session-duration="$max_session_duration"
  {update_boundary}
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \\
    --max-session-duration="$max_session_duration" \\
    --assume-role-policy-document="$trust"{create_boundary} >/dev/null
fi"""

_PUT_BOUNDARY = """\
aws iam put-role-permissions-boundary --role-name="$role" \\
    --permissions-boundary="$boundary_arn\""""
_NO_BOUNDARY = """\
case "$capped" in
    None) ;;
    "$our_boundary_arn")
      printf '%s\\n' "Taking away the permissions boundary $capped, which an earlier run has set."
      aws iam delete-role-permissions-boundary --role-name="$role" ;;
    *) say "Somebody else has given this role the permissions boundary $capped. It stays." ;;
  esac"""

_ATTACH_MANAGED = """\
# What it may do.
aws iam attach-role-policy --role-name="$role" --policy-arn="$policy_arn\""""
_PUT_INLINE = """\
# What it may do.
aws iam put-role-policy --role-name="$role" --policy-name="$policy_name" \\
  --policy-document="$permissions\""""

_TAKE_REST_AWAY = """\
# What is taken away is told before, and what stays beside what is asked for is told as well.
inline=$(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text)
for name in $inline; do
  if [ "$name" != "$policy_name" ]; then
    say "Somebody else has given this role the inline policy $name as well. It stays."
  elif [ -z "$permissions" ]; then
    printf '%s\\n' "Taking away the inline policy $name, which an earlier run has put there."
    aws iam delete-role-policy --role-name="$role" --policy-name="$name"
  fi
done
attached=$(aws iam list-attached-role-policies --role-name="$role" \\
  --query 'AttachedPolicies[].PolicyArn' --output text)
for attached_arn in $attached; do
  case " $policy_arn $detach " in
    " $attached_arn "*) ;;
    *" $attached_arn "*)
      printf '%s\\n' "Taking away the policy $attached_arn, as you have chosen."
      aws iam detach-role-policy --role-name="$role" --policy-arn="$attached_arn" ;;
    *) say "This role has the policy $attached_arn as well, which is not asked for. It stays." ;;
  esac
done
printf '%s\\n' "$arn\""""


def script(setup: Setup) -> str:
    """The script. It refuses to run in any other AWS account than the engagement's.

    It changes a role that it did not make only with --overwrite, detaches only what is named to it,
    and never takes a permissions boundary of theirs away. What stays is told on stderr. At last
    stdout has the role's ARN.
    """
    role = setup.role_name
    has_boundary = setup.permissions_boundary is not None
    return _script(
        comment(
            *setup.introduction,
            "It needs the AWS CLI, and credentials of this account that may administer IAM.",
            "It detaches no policy that you do not name to it; to ask about one, it stops at once.",
            f"To end their access, delete the role {role}. That also ends the sessions they have.",
        ),
        _variables(setup),
        _IS_IT_OURS,
        _NO_OTHER_BOUNDARY if has_boundary else "",
        _BOUNDARY_MADE if setup.makes_boundary else "",
        _ROLE.format(
            update_boundary=_PUT_BOUNDARY if has_boundary else _NO_BOUNDARY,
            create_boundary=' --permissions-boundary="$boundary_arn"' if has_boundary else "",
        ),
        _ATTACH_MANAGED if setup.permissions.document is None else _PUT_INLINE,
        _TAKE_REST_AWAY,
    )


def script_for_its_trust(setup: Setup) -> str:
    """For a role that is there already: replace its trust policy, and touch nothing else of it."""
    return _script(
        comment(
            *setup.introduction_of_trust,
            "It replaces the trust policy of the role as a whole: who else came in by the old one"
            " does not any more. What the role may do stays as it is.",
            "It needs the AWS CLI, and credentials of this account that may administer IAM.",
        ),
        {
            "account": setup.account_id,
            "role": setup.role_name,
            "arn": setup.role_arn,
            "trust": pretty(trust_policy(setup)),
        },
        _TRUST_ALONE,
    )


def _script(head: str, variables: dict[str, str], *parts: str) -> str:
    """Everything that is not ours to say is a variable, and is only ever used between quotes."""
    assigned = "\n".join(f"{name}={shell(value)}" for name, value in variables.items())
    parts = ("#!/bin/sh", head, "set -euf", assigned, _RIGHT_ACCOUNT, *parts)
    return "\n\n".join(filter(None, parts)) + "\n"


def _variables(setup: Setup) -> dict[str, str]:
    document = setup.permissions.document
    variables = {
        "account": setup.account_id,
        "role": setup.role_name,
        "path": setup.path,
        "arn": setup.role_arn,
        "description": setup.description,
        "max_session_duration": str(setup.max_session_duration),
        "trust": pretty(trust_policy(setup)),
        "policy_name": INLINE_POLICY_NAME,
        "permissions": "" if document is None else pretty(document),
        "policy_arn": setup.managed_policy_arn or "",
        "our_boundary_arn": setup.our_boundary_arn,
    }
    if setup.permissions_boundary is not None:
        variables["boundary_arn"] = setup.permissions_boundary
    if setup.makes_boundary:
        variables["boundary_name"] = setup.our_boundary_name
        variables["boundary_description"] = setup.our_boundary_description
        variables["boundary"] = pretty(no_iam_writes())
    # What an earlier choice may have attached, and this one does not.
    arns = [choice.managed_policy_arn(setup.partition) for choice in PRESETS]
    earlier = [arn for arn in arns if arn and arn != setup.managed_policy_arn]
    variables["may_be_ours"] = " ".join(earlier)
    return variables
