"""Free text: every reader of the trail sees it, so it must contain no secret."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.text import ClientName, PersonName, ReasonText, TokenLabel
from chalicelib.domain.values import meta_annotations
from tests.builders import EXTERNAL_ID
from tests.domain.test_properties import usual
from tests.rows import every

# "Default_Ignorable_Code_Point" (DerivedCoreProperties.txt, Unicode 15.1): invisible.
INVISIBLE_RANGES = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Invisible characters of other categories: blanks, fillers and a null notehead.
BLANK = "\u2800\U0001d159\U00013441\U00013442\ufffc\U00016fe4"
INVISIBLE = [chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1)]
INVISIBLE += BLANK


def read(text, kind=ReasonText):
    """Return the text as a request would hold it. Raise ValueError for a refused text."""
    (field_meta,) = [
        meta for meta in meta_annotations(kind) if meta.extra and "parser" in meta.extra
    ]
    return field_meta.extra["parser"](text)


def refusal_of(text, kind=ReasonText):
    with pytest.raises(ValueError, match=r"^Enter |must") as raised:
        read(text, kind)
    return str(raised.value)


@every("text", ["7", "x", "€", "🙂", "❤\ufe0f", "葛\U000e0100", "e\u0301", "नि", "?!a"])
def test_one_letter_digit_or_symbol_is_enough(text):
    assert read(f" {text} ") == unicodedata.normalize("NFC", text)


# Characters that are no letter, digit or symbol, and invisible characters that count as one.
characters_without_content = st.characters(categories=("M", "Z", "C", "P")) | st.sampled_from(
    INVISIBLE
)


@usual
@given(st.text(characters_without_content, max_size=200))
def test_random_text_without_a_letter_digit_or_visible_symbol_is_refused(text):
    assert refusal_of(text)


def test_each_invisible_character_alone_is_refused():
    for character in (*INVISIBLE, "\u0301", "...", "\u2014", "", " \u3000"):
        assert refusal_of(character)
    for kind in (PersonName, ClientName, TokenLabel):
        assert refusal_of(" \u3000\ufe0f\u00a0\u0301 ", kind)


LINE_BREAKS = [chr(code) for code in range(0x110000) if len(f"a{chr(code)}b".splitlines()) > 1]


@every("line_break", LINE_BREAKS)
def test_every_line_break_of_unicode_is_refused_within_a_text(line_break):
    assert (
        refusal_of(f"a{line_break}b")
        == "Enter a single line of text, without control or invisible characters."
    )
    assert read(f"{line_break}a b{line_break}") == "a b"


def test_a_tab_becomes_a_space():
    assert read("\ta\tb\t") == "a b"


LINK = "a2b3c4d5e6f7" * 4 + "wxyz"
PAGE = f"https://abc123.execute-api.eu-central-1.amazonaws.com/api/setup/{LINK}"


@every(
    "text",
    [
        PAGE,
        f"sent {PAGE} to Zoë",
        PAGE.upper(),
        f"{PAGE}/roles/readonly/launch",
        PAGE.replace("/", "%2F"),
        LINK,
        LINK[:40],
        LINK[12:],
    ],
)
def test_most_of_a_clients_link_is_refused(text):
    """The trail would keep the link, and any reader of the trail could open the client's page."""
    assert refusal_of(text) == (
        "This text contains part of a Daypass link, which must not be recorded. Remove it."
    )


@every(
    "text",
    [
        f"as https://wiki.example.com/setup/{'instructions' * 2} explains",
        f"the trust policy has {EXTERNAL_ID}",
        "link a2b3c4d5e6f7 was revoked",  # a link's ID
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_texts_that_only_resemble_a_link_are_allowed(text):
    assert read(text) == text


def test_the_sample_link_has_the_format_of_a_link():
    assert re.fullmatch(IN_URL.pattern, LINK)


NAMES = """\
Ada
Jo Doe
J. Smith
J.R.R. Tolkien
O'Brien
O’Brien
Jean-Luc Picard
Zoë
Łukasz Żółć
Nguyễn Văn Anh
\u1eccb\u00e1f\u1eb9\u0301mi
St. Gallen AG
Müller & Co. KG
Dr. Jones
Acme Ltd.
Acme, Inc.
S.p.A. Rossi
Philips N.V.
A/S Carlsberg
AT&T
1&1 Telecom
3M
4711
7-Eleven
Yahoo!
H&M
Ümlaut & Söhne
Alice <Archer>
<script>alert(1)</script>
\u0410\u0434\u0430 \u041b\u0430\u0432\u043b\u0435\u0439\u0441
\u0391\u03c1\u03b9\u03ac\u03b4\u03bd\u03b7
\u05d3\u05e0\u05d4 \u05db\u05d4\u05df
محمد علي
नितिन
ไทย
\u5c71\u7530 \u592a\u90ce
Sony \u30bd\u30cb\u30fc\u682a\u5f0f\u4f1a\u793e
\u682a\u5f0f\u4f1a\u793e\u30e1\u30eb\u30ab\u30ea Mercari
\uae40\ucca0\uc218 Kim
\u9673\u5927\u6587 (David)
\u3105\u3106 \u53f0\u5317 Taipei
\u3005\u6728 \u4f50
\u30b5\u30fc\u30d0\u30fc
Əliyev
D'Angelo–Smith
Nº 5
Señor ¿Qué?
Björk Guðmundsdóttir
გიორგი
\u0531\u0580\u0561\u0574
Alexander the 3rd
Grüße e.V.
Team #1
50% GmbH
""".splitlines()
"""Names of people and companies that must pass."""

NOT_NAMES = {
    "a space after each full stop": """\
evil.example
Alice evil.example Archer
Acme.io
Booking.com
\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444
evil.xn--p1ai
Dr.Jones
J.Smith
""",
    "not be a web address": """\
https://evil.example/approve
evil://x
www.evil
WWW.evil.example
""",
    "an @": """\
a@b
jo@acme.example
""",
    '"=?"': """\
=?utf-8?B?ZXZpbA==?=
""",
    "more than six digits": """\
+41 79 123 45 67
079-1234567
""",
    "in one alphabet": """\
\u0410lice
L\u0435na
Acm\u0435
\u0391cme
\u041e\u041e\u041e Acme
Lena \u039b
Len\u0430 Lindqvist
\uae40 \u30bd
\u3105 \u3072
""",
    "usual punctuation, without": """\
evil\u3002example
evil\uff0ecom
evil\u2024com
evil\uff61com
mailto:jo
tel:+41 44
\\\\evil\\share
\uff2c\uff45\uff4e\uff41
\U0001d40bena
Lɑna
ʟena
L\u0338ena
Lena \U0001f642
Lena²
ℓena
Lena٣
Lena \uff71
x\u0301\u0301.\u0301com
a·b:c
evil.\u0301example
\u30bb\u30d6\u30f3\uff06\u30a2\u30a4
""",
}
"""Names that must be refused, by words of the refusal, which says what to change."""


@every("kind", [PersonName, ClientName])
def test_names_in_one_script_or_a_usual_mixture_pass(kind):
    assert [name for name in NAMES if read(name, kind) != unicodedata.normalize("NFC", name)] == []


@every("kind", [PersonName, ClientName])
def test_a_name_that_looks_like_another_or_becomes_a_link_is_refused(kind):
    wrong = [
        (name, refusal)
        for words, names in NOT_NAMES.items()
        for name in names.splitlines()
        if words not in (refusal := refusal_of(name, kind))
    ]
    assert wrong == []


# What mail programs make a link of, as they document it: a scheme, `www.`, an address, and a name
# with a top-level domain.
LINKS = re.compile(r"[a-z]:[/\\]|www\.|@|[a-z0-9-]\.[a-z]{2}|=\?|\d{7}", re.IGNORECASE)


@usual
@given(
    st.text(
        st.sampled_from("aeZ0.:/@w=?-_ \u0430\u03bf\u3002\uff0e\u0301\u200b\u00ad"), max_size=12
    )
)
def test_no_accepted_name_has_a_link_or_a_mixture(text):
    try:
        name = read(text, PersonName)
    except ValueError:
        return
    assert not LINKS.search(unicodedata.normalize("NFKC", name))
    assert sum(("\u0430" in name, "\u03bf" in name, bool(re.search("[a-z]", name, re.I)))) <= 1
