"""The AWS CLI itself, whose modules are loaded once: most of a command's time is its start.

A process loads them and waits. The `aws` that scripts find on their PATH hands it the arguments,
the environment, the folder and the three streams of a command, and it forks to run it there: what
`.venv/bin/aws` would run, from the same packages.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# Of the services that most commands ask: each command would read and parse them anew.
MODELS = ("cloudformation", "dynamodb", "iam", "lambda", "s3", "sts")

# Started for each command, so it imports next to nothing. -I and -S: no site-packages.
COMMAND = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(server, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(asked)
    status = server.recv(1)
sys.exit(status[0] if status else 255)
"""


@contextmanager
def quick_aws_cli() -> Iterator[Path]:
    """A folder for the PATH with an `aws` in it, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="daypass-aws-cli-") as made:
        folder = Path(made)
        address = folder / "socket"
        command = folder / "aws"
        text = COMMAND.format(python=sys.executable, address=str(address))
        command.write_text(text, encoding="utf-8")
        command.chmod(0o755)
        with subprocess.Popen(
            [sys.executable, "-m", "local.aws_cli", str(address)],
            cwd=ROOT,
            stdin=subprocess.PIPE,  # closed by the kernel if this process is killed, which ends it
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for this process, which ends it in order
        ) as server:
            try:
                if server.stdout is None or server.stdout.readline() != b"ready\n":
                    raise OSError("The AWS CLI did not start.")
                yield folder
            finally:
                server.terminate()


def _serve(address: str) -> None:
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    _load()
    gc.freeze()
    gc.disable()  # no command lives long enough
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            asking, _ = listening.accept()
            with suppress(ChildProcessError):  # none is left
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if os.fork() == 0:
                listening.close()
                _answer(asking)
            asking.close()


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _load() -> None:
    from awscli import clidriver

    driver = clidriver.create_clidriver()
    session = driver.session
    data = session.get_component("data_loader")
    loaded = cache(data.FILE_LOADER_CLASS().load_file)
    data.FILE_LOADER_CLASS.load_file = lambda _, path: loaded(path)
    # Looks into the folders of 400 services: of the same ones in each command.
    listed = cache(data.list_available_services)
    type(data).list_available_services = lambda _, type_name: listed(type_name)
    for service in MODELS:
        session.create_client(
            service, "us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
    # What is the same in each command. The configuration is read by each, with its environment.
    driver._get_command_table()
    session._config = session._profile_map = None
    clidriver.create_clidriver = lambda: driver


def _answer(asking: socket.socket) -> None:
    """Run the command in this process, tell its exit status, and end."""
    status = 255
    try:
        size, streams, _, _ = socket.recv_fds(asking, 8, 3)
        arguments, environment, folder = _read(asking, int.from_bytes(size, "big"))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        models = os.environ["AWS_DATA_PATH"]  # the CLI's own, which its import has set
        os.environ.clear()
        os.environ.update(environment, AWS_DATA_PATH=models)
        os.chdir(folder)
        status = _run(arguments)
    finally:
        asking.send(bytes([status]))
        os._exit(0)


def _read(asking: socket.socket, size: int) -> Any:
    text = b""
    while len(text) < size:
        text += asking.recv(size - len(text))
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
