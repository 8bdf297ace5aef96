"""The built deployment is complete, small and compiled, and contains nothing else."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import botocore.session
import jwt
import package
import pytest
from botocore import xform_name

from chalicelib.entrypoints.http.about import OLDEST_COMMAND, VERSION
from tests.adapters.people.identity_providers.provider import an_ec_key, jwk
from tests.e2e.package.building import ENVIRONMENT, MACHINE
from tests.fakes import NOON
from tests.fakes.providers import claims
from tests.running import ROOT, read_file


def test_the_api_starts_from_the_package_alone(build):
    """Nothing is compiled at a start: neither Daypass, whose sources ship, nor its dependencies."""
    program = (
        "import app; e = {'requestContext': {'resourcePath': '/healthz', 'httpMethod': 'GET'},"
        " 'headers': {}, 'pathParameters': None, 'multiValueQueryStringParameters': None,"
        " 'body': None, 'stageVariables': None}; print(app.app(e, None)['body']);"
        "import botocore.session, chalicelib.bootstrap as b;"
        "print(botocore.session.__file__, b.__spec__.cached)"
    )
    *_, health, files = filter(None, build.run(program, **ENVIRONMENT).splitlines())
    expected = {"status": "ok", "version": VERSION, "oldest_command": OLDEST_COMMAND}
    assert json.loads(health) == expected
    dependency, bootstrap = files.split()
    assert dependency.endswith("session.pyc")
    assert Path(bootstrap).exists()


def test_the_zip_has_what_runs_and_nothing_else(build):
    """Most of it is cryptography, which is loaded only to verify an identity token. The web console
    has some 0.6 MB, and its function alone loads it. The sources of the command are what `GET /cli`
    serves."""
    names = build.names()
    sources = {name.partition("/")[0] for name in names if name.endswith(".py")}
    assert sources == {"app.py", "chalice", "chalicelib", "cli"}
    assert (build.folder / "deployment.zip").stat().st_size < 10_700_000
    metadata_files = [name for name in names if ".dist-info/" in name]
    assert len({name.partition("/")[0] for name in metadata_files}) >= 10
    assert all(re.search("LICEN|NOTICE|COPYING", name.upper()) for name in metadata_files)
    stray = ("tests/", "local/", "docs/", ".chalice/", "README")
    assert not [name for name in names if name.startswith(stray)]


PROCESSORS = {"arm64": b"\xb7\x00", "x86_64": b"\x3e\x00"}  # e_machine, in the ELF header


@pytest.mark.parametrize("architecture", PROCESSORS)
def test_compiled_extensions_are_for_the_functions_processor(build, tmp_path, architecture):
    tree = build.function
    if architecture != MACHINE:
        tree = tmp_path / "function"
        package.install(tree, architecture, build.runtime, tmp_path / "packages.json")
    compiled = list(tree.rglob("*.so"))
    python_tag = f"cpython-{build.runtime.replace('.', '')}-"
    packages = {path.relative_to(tree).parts[0].partition(".")[0] for path in compiled}
    assert packages == {"msgspec", "markupsafe", "cryptography", "_cffi_backend"}
    for path in compiled:
        assert path.read_bytes()[18:20] == PROCESSORS[architecture]
        assert python_tag in path.name or ".abi3." in path.name  # for every Python 3


def test_every_package_that_ships_is_pinned_by_its_hash():
    pinned = read_file("requirements.txt")
    for requirement in re.split(r"\n(?=\S)", pinned):
        assert "--hash=sha256:" in requirement


def test_only_what_git_tracks_ships(tmp_path):
    stray = ROOT / "chalicelib" / "stray-note.txt"
    stray.write_text("a secret", encoding="utf-8")
    try:
        source = package.copy_tracked_files(tmp_path / "source")
    finally:
        stray.unlink()
    assert (source / "chalicelib" / "bootstrap.py").exists()
    assert not list(source.rglob("stray-note.txt"))
    assert not list(source.rglob("__pycache__"))


def test_the_same_input_gives_the_same_zip(build):
    first = (build.folder / "deployment.zip").read_bytes()
    second = build.folder / "again.zip"
    package.pack(build.function, second)
    assert second.read_bytes() == first


def test_bytecode_is_only_for_the_functions_python(build):
    """It holds no paths and times of the Python that built the package."""
    tag = f".cpython-{build.runtime.replace('.', '')}.pyc"
    compiled = [name for name in build.names() if "__pycache__/" in name]
    assert compiled
    assert all(name.endswith(tag) for name in compiled)
    for name in compiled:
        header = (build.function / name).read_bytes()[4:8]
        assert header == b"\x01\x00\x00\x00"  # by content, unchecked (PEP 552)


# Every client that Daypass makes, in every region that the SDK knows.
ENDPOINTS = """
import json, botocore.session
s = botocore.session.Session()
urls = {}
for partition in s.get_available_partitions():
    for service in ("dynamodb", "iam", "s3", "ssm", "sts"):
        for region in s.get_available_regions(service, partition, allow_non_regional=True):
            keys = {"aws_access_key_id": "A", "aws_secret_access_key": "b"}
            client = s.create_client(service, region, **keys)
            urls[f"{service} {region}"] = client.meta.endpoint_url
print(json.dumps(urls, sort_keys=True))
"""


def test_every_endpoint_is_that_of_the_whole_sdk(build):
    expected = subprocess.run(
        [sys.executable, "-c", ENDPOINTS],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert len(json.loads(expected)) > 100
    assert build.run(f"exec({ENDPOINTS!r})") == expected


def test_only_the_prose_is_removed_from_the_sdks_models(build):
    shape = {"type": "string", "documentation": "<p>Prose</p>", "members": [{"documentation": ""}]}
    assert package.remove_documentation(shape) == {"type": "string", "members": [{}]}
    member = {"members": {"documentation": {"shape": "Text"}}}  # named so, and no prose
    assert package.remove_documentation(member) == member
    models = list((build.function / "botocore" / "data").glob("*/*/service-2.json"))
    assert len(models) == len(package.CALLED_OPERATIONS)
    assert all('"documentation":"' not in path.read_text("utf-8") for path in models)


def test_a_model_keeps_the_called_operations_and_their_shapes():
    def structure(**members):
        return {"members": {name: {"shape": shape} for name, shape in members.items()}}

    shapes = {"In": structure(a="List"), "List": {"member": {"shape": "In"}}, "Out": structure()}
    call = {"input": {"shape": "In"}, "errors": [{"shape": "Out"}]}
    model = {
        "metadata": {},
        "operations": {"Call": call, "Other": {"input": {"shape": "Rest"}}},
        "shapes": shapes | {"Rest": structure()},
    }
    needed = {"metadata": {}, "operations": {"Call": call}, "shapes": shapes}
    kept = package.keep_operations(model, ["Call"])
    assert kept == needed
    assert list(kept["shapes"]) == sorted(kept["shapes"])  # the same bytes in each build


def test_every_operation_that_an_adapter_calls_is_in_the_package():
    session = botocore.session.Session()
    operations = {
        xform_name(operation): operation
        for service in package.CALLED_OPERATIONS
        for operation in session.get_service_model(service).operation_names
    }
    sources = (ROOT / "chalicelib" / "adapters").rglob("*.py")
    attributes = {
        node.attr
        for source in sources
        for node in ast.walk(ast.parse(read_file(source)))
        if isinstance(node, ast.Attribute)
    }
    attributes -= {"verify"}  # a verifier's own method, and an operation of KMS
    called = {operations[name] for name in attributes & operations.keys()}
    assert called <= {name for names in package.CALLED_OPERATIONS.values() for name in names}
    assert len(called) >= 10


def test_a_page_is_rendered_from_the_package_alone(build):
    program = (
        "from chalicelib.entrypoints.pages.render import render_page;"
        " print(render_page('problem.html', 404, heading='<b>', detail='', request_id='7',"
        " back_url='').body)"
    )
    assert "<h1>&lt;b&gt;</h1>" in build.run(program)


# Takes the provider's published pages and a token; prints the token's subject.
SIGNED = """
import json; from datetime import UTC, datetime
from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
pages, token = json.loads(sys.argv[1])
provider = Provider(issuer="https://p.example", audience="daypass", algorithms=("ES384",))
verifier = TokenVerifier([provider], pages.__getitem__)
print(verifier.verify(token, datetime(2026, 11, 24, 12, tzinfo=UTC)).subject)
"""


def test_an_identity_token_is_verified_from_the_package_alone(build):
    key = an_ec_key()
    pages = {
        "https://p.example/.well-known/openid-configuration": {
            "issuer": "https://p.example",
            "jwks_uri": "https://p.example/keys",
        },
        "https://p.example/keys": {"keys": [jwk(key, "first")]},
    }
    token_claims = claims(NOON, iss="https://p.example", sub="alice@example.com")
    token = jwt.encode(token_claims, key, "ES384", {"kid": "first"})
    program = f"sys.argv[1:] = [{json.dumps([pages, token])!r}]; exec({SIGNED!r})"
    assert build.run(program) == "alice@example.com"


SERVICES = ("cloudtrail", "events", "iam", "kms", "lambda", "s3", "sesv2", "sns", "ssm", "sts")
"""A vend needs none of these. Their clients are created on first use; sts is here for its regional
endpoints."""


def test_exactly_the_services_that_are_called_can_be_called(build):
    data = build.function / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"dynamodb", *SERVICES}
    program = (
        "from chalicelib import bootstrap; p = bootstrap.ports(); "
        f"print(*(p.sts._create_client(s).meta.service_model.service_name for s in {SERVICES}))"
    )
    assert build.run(program, **ENVIRONMENT) == " ".join(SERVICES)
