"""The pages of the web console: each module serves those of one subject."""

from __future__ import annotations

from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.usecases.admission import EVERYONE, READERS

everyone, readers = (Routes(kinds, authentication=WEB_PAGE) for kinds in (EVERYONE, READERS))
