"""Run many AWS CLI commands quickly: load the CLI's modules once, and fork for each command.

Most of a command's time is the start of the CLI. A server process loads the CLI's modules. The
script `aws` on the PATH sends the server a command's arguments, environment, folder and standard
streams. The server forks, and the child runs the same code as `.venv/bin/aws`.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# The services of most commands, whose models the server loads in advance.
SERVICES = ("cloudformation", "dynamodb", "iam", "lambda", "s3", "sts")

# Started for each command, so it imports little. -I and -S: no site-packages.
COMMAND = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    request = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(server, [len(request).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(request)
    status = server.recv(1)
sys.exit(status[0] if status else 255)
"""


@contextmanager
def quick_aws_cli() -> Iterator[Path]:
    """Start the server until the block ends. Yield the folder with the script `aws`, for PATH."""
    with tempfile.TemporaryDirectory(prefix="daypass-aws-cli-") as path:
        folder = Path(path)
        address = folder / "socket"
        command = folder / "aws"
        text = COMMAND.format(python=sys.executable, address=str(address))
        command.write_text(text, encoding="utf-8")
        command.chmod(0o755)
        with subprocess.Popen(
            [sys.executable, "-m", "local.aws_cli", str(address)],
            cwd=ROOT,
            # If this process is killed, the kernel closes the pipe, and the server ends.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches only this process, which ends it in order
        ) as server:
            try:
                if server.stdout is None or server.stdout.readline() != b"ready\n":
                    raise OSError("The AWS CLI did not start.")
                yield folder
            finally:
                server.terminate()


def _serve(address: str) -> None:
    """Serve commands on a Unix socket at this path, each in a forked process, until stdin closes.

    It starts no thread: a process with threads that forks can deadlock, and Python warns.
    """
    _load()
    gc.freeze()
    gc.disable()  # commands are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener.fileno(), 0], [], [])
            if 0 in ready and not os.read(0, 4096):
                return
            if listener.fileno() not in ready:
                continue
            connection, _ = listener.accept()
            with suppress(ChildProcessError):  # no child is left
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if os.fork() == 0:
                listener.close()
                _serve_command(connection)
            connection.close()


def _load() -> None:
    """Load the CLI's modules, and cache what every command needs."""
    from awscli import clidriver

    driver = clidriver.create_clidriver()
    session = driver.session
    data = session.get_component("data_loader")
    loaded = cache(data.FILE_LOADER_CLASS().load_file)
    data.FILE_LOADER_CLASS.load_file = lambda _, path: loaded(path)
    # Each command would list the folders of 400 services, always the same.
    listed = cache(data.list_available_services)
    type(data).list_available_services = lambda _, type_name: listed(type_name)
    for service in SERVICES:
        session.create_client(
            service, "us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
    # Build what all commands share. Each command reads the configuration with its environment.
    driver._get_command_table()
    session._config = session._profile_map = None
    clidriver.create_clidriver = lambda: driver


def _serve_command(connection: socket.socket) -> None:
    """Run the command in this process, send its exit status, and exit."""
    status = 255
    try:
        size, streams, _, _ = socket.recv_fds(connection, 8, 3)
        arguments, environment, folder = _read(connection, int.from_bytes(size, "big"))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        models = os.environ["AWS_DATA_PATH"]  # set by the import of the CLI
        os.environ.clear()
        os.environ.update(environment, AWS_DATA_PATH=models)
        os.chdir(folder)
        status = _run(arguments)
    finally:
        connection.send(bytes([status]))
        os._exit(0)


def _read(connection: socket.socket, size: int) -> Any:
    text = b""
    while len(text) < size:
        text += connection.recv(size - len(text))
    return json.loads(text)


def _run(arguments: list[str]) -> int:
    from awscli.clidriver import main

    sys.argv[:] = arguments
    try:
        return int(main())
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
