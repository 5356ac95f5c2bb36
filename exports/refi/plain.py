"""Texts as XML and other programs can hold them, and the way back to the exact text.

XML 1.0 has no room for most control characters, for surrogates and for U+FFFE and U+FFFF
(section 2.2, Char), and makes one line feed of every line end (section 2.11).
"""

from __future__ import annotations

import re

_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_NO_CHAR = re.compile(f"[{_FORBIDDEN}]")
_TO_ESCAPE = re.compile(f"[{_FORBIDDEN}\r\\\\]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(\\)|())")
_LINE_END = re.compile("\r\n?")
_LINE_BREAKS = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]+")
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|\t]')


def visible(text: str) -> str:
    """Return `text` with U+FFFD for each character that XML does not allow: as many as before."""
    return _NO_CHAR.sub("\ufffd", text)


def shown(text: str) -> str:
    """Return a message as it stands in a source: line ends are one line feed each."""
    return visible(_LINE_END.sub("\n", text))


def label(text: str) -> str:
    """Return a name on one line; a byte order mark would be lost where a file begins with it."""
    return _LINE_BREAKS.sub(" ", visible(text).replace("\ufeff", "\ufffd"))


def file_name(text: str) -> str:
    """Return a name that is one on every system: some programs save sources under theirs."""
    return _NOT_IN_FILE_NAMES.sub("_", label(text)).strip().strip(".") or "_"


def escape(text: str) -> str:
    r"""Return `text` with `\uXXXX` for what XML does not hold, and `\\` for a backslash."""
    return _TO_ESCAPE.sub(lambda m: "\\\\" if m[0] == "\\" else f"\\u{ord(m[0]):04x}", text)


def unescape(text: str) -> str:
    """Return what `escape` was given; raises ValueError for a backslash that it never writes."""

    def back(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            return "\\"
        raise ValueError(f"lone backslash in {text!r}")

    return _ESCAPE.sub(back, text)
