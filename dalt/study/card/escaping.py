"""User text in Markdown, HTML and YAML, shown as it is and never as markup."""

from __future__ import annotations

import html
import json
import re
import unicodedata

_INLINE = re.compile(r"([\\`*_{}\[\]|~$#@]|:(?=[\w+/-])|(?<=www)\.)", re.IGNORECASE)
"""Includes what GitHub interprets: formulas, emoji by name, mentions and links."""
_AT_START = re.compile(r"^([-+=>]|\d{1,9}(?=[.)](?:\s|$)))")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters for the direction of text: an unclosed one turns the text after it."""
_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
ISOLATE, END = "\u2068", "\u2069"


def clean(text: str) -> str:
    r"""Text that files and pages can hold: lone surrogates and controls become U+FFFD.

    Examples
    --------
    >>> clean("a\x00b\ud800")
    'a\ufffdb\ufffd'
    """
    return _UNPRINTABLE.sub("\ufffd", text)


def lines_of(text: str) -> list[str]:
    """The lines of a text, each cleaned."""
    return [clean(_BREAKS.sub(" ", line)) for line in _BREAKS.split(text)]


def one_line(text: str) -> str:
    r"""The text in one line; text from right to left is isolated.

    Examples
    --------
    >>> one_line(" a\n b ")
    'a b'
    """
    return isolated(" ".join(" ".join(lines_of(text)).split()))


def isolated(line: str) -> str:
    """The line without controls of direction; with letters from right to left, in an isolate."""
    plain = _TURNING.sub("", line)
    if any(unicodedata.bidirectional(each) in ("R", "AL", "AN") for each in plain):
        return f"{ISOLATE}{plain}{END}"
    return plain


def markdown(text: str) -> str:
    r"""Escape one line of text for Markdown, as GitHub and Hugging Face read it.

    Examples
    --------
    >>> print(markdown("- a|b <i>_x_</i>"))
    \- a\|b &lt;i&gt;\_x\_&lt;/i&gt;
    """
    said = html.escape(one_line(text), quote=False)
    said = _INLINE.sub(r"\\\1", said)
    return _AT_START.sub(_guarded, said)


def _guarded(found: re.Match[str]) -> str:
    """A list marker made plain text: a backslash before the sign, or after the number."""
    return f"{found[1]}\\" if found[1][0].isdigit() else f"\\{found[1]}"


def yaml_text(text: str) -> str:
    r"""A YAML string in quotation marks: JSON, but for characters that YAML wants escaped.

    Examples
    --------
    >>> print(yaml_text('a: "b"'), yaml_text("\x85"))
    "a: \"b\"" "\u0085"
    """
    said = json.dumps(clean(text), ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029]", lambda each: f"\\u{ord(each[0]):04x}", said)
