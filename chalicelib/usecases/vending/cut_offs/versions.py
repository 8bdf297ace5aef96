"""Write a version of a brake although IAM keeps five at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import CutOffFailed, CutOffProblem
from chalicelib.usecases.ports import CutOffRole

DELETIONS_AT_ONCE = 5
"""How many versions Daypass tries to delete before it tries to write again."""
REACH = 20
"""How many numbers above and below the last version the first attempt tries. Each further attempt
tries as many more."""
LARGEST_REACH = 100


class Brake:
    """The brake of one role during one attempt to write it.

    `versions` are the IDs of versions that Daypass wrote, the newest last; it is kept up to date.
    `reach` is the number of the attempt. `may_continue` returns whether there is time for a change.
    """

    def __init__(
        self, *, arn: str, versions: list[str], reach: int, may_continue: Callable[[], bool]
    ) -> None:
        self.arn, self.versions = arn, versions
        self._reach = min(REACH * max(reach, 1), LARGEST_REACH)
        self._may_continue = may_continue

    def require_time(self) -> None:
        """Raise Unavailable if there is no time for another change."""
        if not self._may_continue():
            raise Unavailable(Reason.AWS_UNREACHABLE)

    def write(self, session: CutOffRole, text: str) -> None:
        """Create a version with this text as the default version.

        First delete the versions that Daypass wrote, except the newest, which is the default one.
        If there are five versions all the same, someone else wrote some, or an attempt was
        interrupted. Daypass cannot list them, so it tries the numbers near the last one. IAM never
        deletes the default version.

        Raise CutOffFailed if AWS refuses, and Unavailable if it may have accepted the version.
        """
        for version in self.versions[:-1]:
            self._delete(session, version)
        unknown = self._list_unknown()
        while not self._try_to_write(session, text):
            batch = [version for version, _ in zip(unknown, range(DELETIONS_AT_ONCE), strict=False)]
            if not batch:
                raise CutOffFailed(CutOffProblem.TOO_MANY_VERSIONS)
            for version in batch:
                self._delete(session, version)

    def _try_to_write(self, session: CutOffRole, text: str) -> bool:
        """Write the version, and return whether IAM had room for it."""
        self.require_time()
        try:
            version = session.write_version(self.arn, text)
        except CutOffFailed as error:
            if error.problem is CutOffProblem.TOO_MANY_VERSIONS:
                return False
            raise
        self.versions.append(version)
        return True

    def _delete(self, session: CutOffRole, version: str) -> None:
        """Delete the version, unless it is the default one."""
        self.require_time()
        try:
            session.delete_version(self.arn, version)
        except CutOffFailed as error:
            if error.problem is not CutOffProblem.TOO_MANY_VERSIONS:
                raise
        else:
            self.versions[:] = [each for each in self.versions if each != version]

    def _list_unknown(self) -> Iterator[str]:
        """Yield the IDs of versions that may exist: first those after the last of them, then
        those before it, then the first ones."""
        last = max((int(version[1:]) for version in self.versions), default=0)
        numbers = [
            *range(last + 1, last + 1 + self._reach),
            *range(last - 1, max(last - 1 - self._reach, 0), -1),
            *range(1, self._reach + 1),
        ]
        return (f"v{number}" for number in dict.fromkeys(numbers) if number != last)
