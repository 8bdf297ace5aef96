"""`make commands-page`: write the index of commands, so that `daypass` loads only what it needs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).parents[2] / "cli" / "daypass" / "index.py"
GROUPS = {
    "Your login": ("commands.account",),
    "Credentials": ("commands.credentials", "commands.console", "agents.server"),
    "Your access": ("commands.mine",),
    "Access on request": ("commands.requests.requesting", "commands.requests.deciding"),
    "Set-up": ("commands.configure", "commands.machine", "commands.completion"),
    "For leads and auditors": (
        "commands.leads.questions", "commands.leads.engagements", "commands.leads.evidence",
        "commands.leads.reconciling", "commands.leads.people", "commands.leads.approvals",
        "commands.leads.client_approvers", "commands.leads.reviewing", "commands.leads.actions",
        "commands.leads.cut_offs", "commands.verify_trail",
    ),
}  # fmt: skip
"""The modules of the command by the heading of their commands."""
_ABOUT_INDEX = "The commands by heading and module. `make commands-page` writes this file."


def build_index() -> str:
    """Return the text of the index: the headings, their modules, and the modules' commands."""
    lines: dict[str, list[str]] = {heading: [] for heading in [*GROUPS, ""]}
    for heading, modules in GROUPS.items():
        for module in modules:
            for each in import_module(f"daypass.{module}").COMMANDS:
                own = lines[(each.group or heading) if each.summary else ""]
                own += [f"  {module}"] if f"  {module}" not in own else []
                own.append(f"    {each.name} {each.summary}".rstrip())
    parts = "\n".join("\n".join([f"[{heading}]", *own]) for heading, own in lines.items())
    return f'"""{_ABOUT_INDEX}"""\n\nTEXT = """\\\n{parts}\n"""\n'


if __name__ == "__main__":
    PAGE.write_text(build_index(), encoding="utf-8")
