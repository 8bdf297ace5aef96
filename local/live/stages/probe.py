"""A throwaway function that sends signed requests to AWS and returns the answers.

It needs nothing but the standard library, so that it also runs on the local AWS.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from local.live.accounts import Account
from local.live.run import Run

_MESSAGE = re.compile(r'<Message>(.*?)</Message>|"message": ?"(.*?)"', re.IGNORECASE)
_CODE = '''
import datetime, hashlib, hmac, os, urllib.error, urllib.request


def _sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def handler(event, context):
    """Send the request in the event, or return this function's credentials if there is none."""
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    key, secret, token = (os.environ["AWS_" + name] for name in names)
    if "service" not in event:
        return {"key": key, "secret": secret, "token": token}
    region, service, body = os.environ["AWS_REGION"], event["service"], event["body"].encode()
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.amazonaws.com"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {name.lower(): value for name, value in event["headers"].items()}
    headers |= {
        "host": url.split("//")[1].rstrip("/"), "x-amz-date": now, "x-amz-security-token": token
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\\n" for name in sorted(headers))
    request = f"POST\\n/\\n\\n{lines}\\n{names}\\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\\n{now}\\n{scope}\\n{digest}"
    signing = ("AWS4" + secret).encode()
    for part in (now[:8], region, service, "aws4_request"):
        signing = _sign(signing, part)
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names},"
        f" Signature={_sign(signing, text).hex()}"
    )
    sent = urllib.request.Request(url.rstrip("/") + "/", data=body, headers=headers)
    try:
        with urllib.request.urlopen(sent, timeout=20) as answer:
            status, received, text = answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        status, received, text = refusal.code, refusal.headers, refusal.read().decode()
    # A successful AssumeRole answers with credentials: they stay here.
    return {
        "status": status,
        "text": text if status >= 400 else "",
        "request_id": received.get("x-amzn-RequestId", ""),
    }
'''


@dataclass(frozen=True, slots=True)
class Answer:
    """AWS's answer to the function's request."""

    status: int
    text: str
    """The answer's text if AWS refused; otherwise empty."""
    request_id: str

    @property
    def code(self) -> str:
        """Return AWS's error code in DynamoDB's JSON; empty if AWS did not refuse."""
        return str(json.loads(self.text)["__type"]).rpartition("#")[2] if self.text else ""

    @property
    def error(self) -> str:
        """Return the status, and the refusal's message if it has one."""
        message = _MESSAGE.search(self.text)
        return f"{self.status} {message[1] or message[2] if message else ''}".strip()


@dataclass(frozen=True, slots=True)
class Probe:
    """The throwaway function, after it was created."""

    account: Account
    name: str

    def dynamodb(self, operation: str, **parameters: Any) -> Answer:
        """Call DynamoDB from within the function."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        return self._send("dynamodb", headers, json.dumps(parameters))

    def assume_role(self, arn: str, seconds: int) -> Answer:
        """Ask STS for a session of the role from within the function."""
        fields = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": arn,
            "RoleSessionName": "daypass-live",
            "DurationSeconds": str(seconds),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self._send("sts", headers, urlencode(fields))

    def credentials(self) -> dict[str, str]:
        """Return the function's credentials: its role may do next to nothing."""
        credentials: dict[str, str] = self._invoke({})
        return credentials

    def _send(self, service: str, headers: dict[str, str], body: str) -> Answer:
        return Answer(**self._invoke({"service": service, "headers": headers, "body": body}))

    def _invoke(self, event: dict[str, Any]) -> Any:
        response = self.account.client("lambda").invoke(
            FunctionName=self.name, Payload=json.dumps(event).encode()
        )
        payload = json.loads(response["Payload"].read())
        if "FunctionError" in response:
            # Its message, not its whole text: a trace could show a local variable.
            raise ValueError(f"The function {self.name} failed: {payload.get('errorMessage')}")
        return payload


def create_probe(run: Run, name: str, role_arn: str) -> Probe:
    """Create the throwaway function with this role, and wait until it can be invoked."""
    run.create(run.firm, "log-group", f"/aws/lambda/{name}")
    run.create(run.firm, "function", name)
    create_function(run.firm, name, role_arn)
    aws_lambda = run.firm.client("lambda")
    aws_lambda.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    return Probe(run.firm, name)


def create_function(account: Account, name: str, role_arn: str) -> None:
    """Create the function. Try again while Lambda does not see a role that is new."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("probe.py", _CODE)
    deadline = time.monotonic() + 60
    while True:
        try:
            account.client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role_arn,
                Handler="probe.handler",
                Code={"ZipFile": archive.getvalue()},
                Timeout=30,
                Description="A throwaway function of make live.",
            )
        except ClientError as refusal:
            if "cannot be assumed by Lambda" not in str(refusal) or time.monotonic() > deadline:
                raise
            time.sleep(3)
        else:
            return
