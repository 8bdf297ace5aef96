"""The quick AWS CLI: a server that forks for each command."""

import subprocess
from pathlib import Path

from local import aws_cli


def test_the_server_forks_without_threads_and_ends_with_its_starter(monkeypatch):
    """A process with threads that forks can deadlock. Python 3.12 and newer warn of it."""
    servers = []
    start = subprocess.Popen

    def remember(*words, **options):
        servers.append(start(*words, **options))
        return servers[-1]

    monkeypatch.setattr(aws_cli.subprocess, "Popen", remember)
    with aws_cli.quick_aws_cli() as folder:
        (server,) = servers
        threads = Path(f"/proc/{server.pid}/task")
        assert not threads.is_dir() or len(list(threads.iterdir())) == 1
        version = start([folder / "aws", "--version"], stdout=subprocess.PIPE, text=True)
        assert version.communicate()[0].startswith("aws-cli/")
        server.stdin.close()  # as the kernel does if the starter is killed
        assert server.wait(10) == 0
