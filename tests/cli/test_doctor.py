"""The findings of `daypass doctor` on a machine, and its advice."""

from tests.cli.samples import ANSWERS, TOKEN, access_list

SOON = "2026-01-01T00:00:00Z"
REFUSED = (401, {"reason": "token-revoked", "detail": "It was revoked.", "request_id": "r-1"})


def test_each_finding_says_what_to_do(terminal):
    machine, folder = terminal.machine, terminal.machine.home / ".aws"
    terminal.note("nothing is set up yet", {"/v1/access": access_list()})
    terminal.run("""
        ls
        doctor
    """)
    terminal.note("there are profiles", {"/v1/access": ANSWERS["/v1/access"]})
    terminal.run("""
        configure
        doctor
    """)
    terminal.note("the default has no credentials")
    config = folder / "config"
    config.write_text(f"[default]\nregion = eu-west-1\n\n{config.read_text()}")
    terminal.type("doctor")
    terminal.note("other sources have credentials")
    config.write_text(config.read_text().replace("region = eu-west-1", "credential_process = x", 1))
    sections = "".join(
        f"[{name}]\naws_access_key_id = x\n" for name in ("default", "acme-prod-deploy")
    )
    (folder / "credentials").write_text(sections)
    machine.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "x"
    machine.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x"
    machine.variables["CLAUDECODE"] = "1"
    terminal.type("doctor")
    machine.variables.clear()
    terminal.note("the block of profiles was changed by hand")
    config.write_text(config.read_text().replace("# END", "# End"))
    terminal.type("doctor")
    config.unlink()
    for text, offset in (("the clock is behind", 3630), ("the clock is ahead", -3630)):
        terminal.note(text)
        terminal.broker.clock_offset = offset
        terminal.type("doctor")
    terminal.broker.clock_offset = 0
    for text, path, answer in (
        ("the broker is newer", "/healthz", ANSWERS["/healthz"] | {"oldest_command": "9.0.0"}),
        ("the token ends soon", "/v1/me", {"token": TOKEN | {"expires_at": SOON}}),
        ("the token is revoked", "/v1/me", REFUSED),
        ("the broker does not answer", "/healthz", (503, {})),
    ):
        terminal.broker.answers.clear()
        terminal.note(text, {path: answer})
        terminal.type("doctor")
    terminal.hold("doctor")
