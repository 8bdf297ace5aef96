"""Texts that some language could read as code."""

from hypothesis import strategies as st

_CODE = [
    "${", "$${", "$$${", "%{", "%%{", "%${", "$%{", "$", "%", "{", "}", "{{resolve:ssm:x}}", "'",
    '"', "\\", "\\'", '\\"', "`id`", "$(id)", "\n", "\r", "\t", "\x85", "\u2028", "\ufeff", "\x7f",
    "<script>", "&amp;", "#", ": ", "- ", "!Ref x", "EOF\n", "file://", "~", "é", "Ł", "😀", "\x00",
    "yes", "null", "1e3", "\u202e", " ", "*/", "//",
]  # fmt: skip
texts = st.lists(
    st.one_of(st.sampled_from(_CODE), st.text(max_size=3)), min_size=0, max_size=8
).map("".join)
