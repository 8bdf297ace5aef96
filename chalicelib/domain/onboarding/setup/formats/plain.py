"""Build the JSON format: each policy as a file, and the role's other settings as a list."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.onboarding.role_setup import File, Setting, SetupPart
from chalicelib.domain.onboarding.setup.resources import list_resources
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import Document, pretty


def build_policy_files(spec: RoleSpec, part: SetupPart = SetupPart.ROLE) -> Iterator[File]:
    """Yield the policies that this part of the role's setup needs as JSON files. For the whole
    role (`SetupPart.ROLE`), these include the trust policy and the policies of the cut-off."""
    resources = list_resources(spec)
    role = resources["Role"]
    if part is not SetupPart.CUT_OFF:
        purpose = "Trust policy of the role, which defines who can assume it"
        yield _render_file("trust-policy", purpose, role["AssumeRolePolicyDocument"])
    if part is SetupPart.ROLE:
        for inline in role.get("Policies", ()):
            purpose = (
                f"Inline policy {inline['PolicyName']} of the role, which defines its permissions"
            )
            yield _render_file("permissions-policy", purpose, inline["PolicyDocument"])
        if (boundary := resources.get("Boundary")) is not None:
            name = boundary["ManagedPolicyName"]
            purpose = f"Managed policy {name}, which is the role's permissions boundary"
            yield _render_file("permissions-boundary", purpose, boundary["PolicyDocument"])
    if part is SetupPart.TRUST_POLICY:
        return
    if (brake := resources.get("Brake")) is not None:
        purpose = (
            f"Managed policy {brake['ManagedPolicyName']} with the path {brake['Path']}, used only"
            " as the role's permissions boundary"
        )
        if spec.exists_already:
            purpose += (
                ". If the role has another boundary, keep that one and ask for deny-all instead"
            )
        yield _render_file("brake", purpose, brake["PolicyDocument"])
    if (cut_off := resources.get("CutOffRole")) is not None:
        name, (inline,) = cut_off["RoleName"], cut_off["Policies"]
        purpose = (
            f"Trust policy of a second role, {name} with the path {cut_off['Path']}, which defines"
            " who can end sessions"
        )
        yield _render_file("cut-off-trust-policy", purpose, cut_off["AssumeRolePolicyDocument"])
        purpose = f"Inline policy {inline['PolicyName']} of the role {name}"
        yield _render_file("cut-off-permissions", purpose, inline["PolicyDocument"])


def _render_file(name: str, purpose: str, policy: Document) -> File:
    return File(f"{name}.json", purpose, pretty(policy) + "\n")


def list_settings(spec: RoleSpec, part: SetupPart = SetupPart.ROLE) -> tuple[Setting, ...]:
    """Return the settings of this part of the role that are not policies. An existing role keeps
    its settings, except that the brake becomes its permissions boundary."""
    role = list_resources(spec)["Role"]
    values = {}
    is_new_role = part is SetupPart.ROLE and not spec.exists_already
    if is_new_role:
        names = ("RoleName", "Path", "Description", "MaxSessionDuration")
        values = {name: str(role[name]) for name in names}
        for arn in role.get("ManagedPolicyArns", ()):  # at most one
            values["PolicyArn"] = arn
    if spec.permissions_boundary and (
        is_new_role or (spec.has_brake and part is not SetupPart.TRUST_POLICY)
    ):
        values["PermissionsBoundary"] = spec.permissions_boundary
    return tuple(Setting(*setting) for setting in values.items())
