"""A browser of a person who uses the web console: it keeps cookies, follows redirects when told to,
and sends forms as browsers do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.forms import Fields, find_form

FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def new_link(api: Api, member: str = "lena") -> str:
    """Return the path of a new link that signs the member in."""
    url = api.post("/v1/me/web-links", member).json["url"]
    return urlsplit(url).path.removeprefix("/api")


@dataclass(slots=True)
class Browser:
    """A browser. `cookies` are its cookies by name, and `csrf` the token of its last page."""

    api: Api
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    header: str | None = None
    """The `Cookie` header of an attacker's choice, sent in place of the cookies."""

    def sign_in(self, member: str) -> Response:
        """Sign in as a member does: get a link with the token, open it, and press its button."""
        path = new_link(self.api, member)
        assert self.get(path).status == 200
        answer = self.post(path)
        assert answer.status == 303, answer.text
        return answer

    def get(self, path: str, **query: str) -> Response:
        """Open a page of the console, such as `/web/now`, perhaps with a query in the path."""
        page, _, text = path.partition("?")
        in_path = {name: values[-1] for name, values in parse_qs(text).items()}
        return self.send("GET", page, query=(in_path | query) or None)

    def post(self, path: str, fields: Fields | None = None, **headers: str) -> Response:
        """Send a form with the token of the last page."""
        sent: dict[str, Any] = {"csrf": self.csrf} | dict(fields or {})
        return self.send("POST", path, raw=urlencode(sent, doseq=True), headers=FORM_TYPE | headers)

    def act(self, action: str, fields: Fields | None = None, **headers: str) -> Response:
        """Open the page of an action with the fields as its query, and send its form as the page
        renders it, with the fields as a person fills them in."""
        single = {name: text for name, text in (fields or {}).items() if isinstance(text, str)}
        page = self.get(f"/web/actions/{action}", **single)
        assert page.status == 200, page.text
        form = find_form(page.text, action)
        return self.post(form.path, form.fill_in(fields or {}), **headers)

    def follow(self, answer: Response) -> Response:
        """Open the page to which the answer redirects."""
        assert answer.status == 303, answer.text
        return self.get(answer.headers["Location"].partition("#")[0].removeprefix("/api"))

    def send(self, method: str, path: str, **more: Any) -> Response:
        """Send any request with the cookies, such as one that no page makes."""
        cookies = "; ".join(f"{name}={text}" for name, text in self.cookies.items()) or None
        header = cookies if self.header is None else self.header
        headers = ({} if header is None else {"Cookie": header}) | dict(more.pop("headers", {}))
        answer = self.api.send(method, path, headers=headers, **more)
        self._keep_cookie(answer)
        if token := re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text):
            self.csrf = token[1]
        return answer

    def _keep_cookie(self, answer: Response) -> None:
        header = answer.headers.get("Set-Cookie")
        if header is None:
            return
        name, _, value = header.partition(";")[0].partition("=")
        if "Max-Age=0" in header:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
