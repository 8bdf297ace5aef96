"""What is tried instead of the right external ID, and how often, as tables."""

from __future__ import annotations

from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.wrong_ids import WrongId
from tests.builders import EXTERNAL_ID
from tests.domain.rows import Row
from tests.domain.verification.dress_table import ONLY_WHO

NONE, WRONG, CASE, NEAR = (
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
)
FRESH = "daypass-wxyz2345"


def tried(
    right: str,
    *,
    case: str | None,
    near: list[str],
    daily: int = 2,
    end: tuple[str, ...] = ("45",),
    retired: tuple[str, ...] = (),
) -> Row:
    """What is tried beside none, a wrong one and its end; so many of what is near daily too."""
    found = [
        WrongId(check=NONE, external_id=None, in_all_variants=True, daily=True),
        WrongId(check=WRONG, external_id=FRESH, in_all_variants=True, daily=True),
        *(WrongId(check=WRONG, external_id=one) for one in end),
    ]
    found += [WrongId(check=CASE, external_id=case, daily=True)] if case else []
    found += [
        WrongId(check=NEAR, external_id=one, daily=number < daily)
        for number, one in enumerate(near)
    ]
    found += [WrongId(check=Check.RETIRED_ID, external_id=one, daily=True) for one in retired]
    says = f"for {right[:20]}" + (f", {len(retired)} retired" if retired else "")
    return Row(says, tuple(found), (right, FRESH), {"retired": retired} if retired else {})


LONG = "b" * 1222 + "cd"
HALF = 612
WRONG_IDS = [
    tried("Acme-7", case="aCME-7", near=[
        "Acme-7Acme-7", "Acme-a", "0Acme-7", "Acme-70", "Acme-", "cme-7", "bcme-7", "Acma-7",
        "Acm", "e-7", "Acmpas", "daye-7"]),
    tried("4711-0815", case=None, near=[
        "4711-08154711-0815", "4711-081a", "04711-0815", "4711-08150", "4711-081", "711-0815",
        "a711-0815", "4711a0815", "4711", "-0815", "4711ass-w", "dayp-0815"]),
    # What earlier rotations replaced.
    tried("x7", case="X7", near=["x7x7", "xa", "0x7", "x70", "a7", "d7"],
          retired=("daypass-first", "daypass-second")),
    # As short as STS takes them: what would be shorter is left out, and what comes twice.
    tried("x7", case="X7", near=["x7x7", "xa", "0x7", "x70", "a7", "d7"]),
    # A half that is the right one by chance is no wrong one.
    tried("xa", case="XA", near=["xaxa", "xb", "0xa", "xa0", "aa", "da"]),
    # Nor is the end of a fresh one.
    tried("45", case=None, end=(), near=["4545", "4a", "045", "450", "a5", "d5"]),
    # As long as it takes them.
    tried(LONG, case=LONG.swapcase(), daily=1, near=[
        LONG[:-1] + "a", LONG[:-1], LONG[1:], "a" + LONG[1:], LONG[:HALF] + "a" + LONG[HALF + 1:],
        LONG[:HALF], LONG[HALF:], LONG[:HALF] + (FRESH * 77)[HALF:1224],
        (FRESH * 77)[:HALF] + LONG[HALF:]]),
]  # fmt: skip


def dressed(
    says: str,
    answer: tuple[ProbeVariant, ...],
    vend: ProbeVariant,
    *,
    is_full: bool = True,
    **what: bool,
) -> Row:
    one = WrongId(check=NEAR, external_id="x", **what)
    return Row(says, answer, (one, vend), {"is_full": is_full})


NOBODYS = WrongId(check=NONE, external_id=None, in_all_variants=True, daily=True)
TRIED_IN = [
    dressed("as a vend, and bare", (FULL, PLAIN), FULL),
    dressed("as a vend with less, and bare", (ONLY_WHO, PLAIN), ONLY_WHO),
    dressed("as a vend, which is bare", (PLAIN,), PLAIN),
    dressed("in every dress", VARIANTS, FULL, in_all_variants=True),
    dressed("in every dress, whatever a vend wears", VARIANTS, PLAIN, in_all_variants=True),
    dressed("not daily", (), FULL, is_full=False),
    dressed("daily, as a vend", (FULL,), FULL, is_full=False, daily=True),
    dressed("daily, as a vend, which is bare", (PLAIN,), PLAIN, is_full=False, daily=True),
    Row("daily with none, as a vend and bare", (ONLY_WHO, PLAIN), (NOBODYS, ONLY_WHO),
        {"is_full": False}),
    Row("daily with none, as a vend, which is bare", (PLAIN,), (NOBODYS, PLAIN),
        {"is_full": False}),
    Row("with none", VARIANTS, (NOBODYS, FULL), {"is_full": True}),
]  # fmt: skip

OTHER_CASES = [
    Row("one of ours", EXTERNAL_ID.upper(), (EXTERNAL_ID,)),
    Row("capital letters", "acme-7", ("ACME-7",)),
    Row("both", "aCME-7", ("Acme-7",)),
    Row("one letter", "4711X", ("4711x",)),
    Row("no letters", None, ("4711-0815",)),
    Row("no letters at all", None, ("=+:/.@-_",)),
]
