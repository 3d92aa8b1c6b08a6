"""The encoding of a file of text: by its mark, else UTF-8, else a careful guess."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from dalt.core.errors import os_reason, shown
from dalt.core.records import BadInput

AT_ONCE = 1 << 18
"""Bytes of a file that are checked at a time."""
JUDGED = 1 << 18
"""Bytes from the first character that is not ASCII, by which an encoding is guessed."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp949": "CP949 (Korean)",
    "cp932": "Shift JIS (Japanese)", "cp1252": "Windows-1252 (Western European)",
}  # fmt: skip
"""How encodings that are guessed are called."""
# What Windows-1252 has besides ASCII: letters of Western Europe, and signs between words.
_WESTERN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž"
_NO_TEXT = {
    b"PK\x03\x04": "a workbook or an archive: name the one .xlsx, or unpack the other first",
    b"\x1f\x8b": "compressed: unpack it first",
    b"BZh": "compressed: unpack it first",
    b"\xfd7zXZ": "compressed: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed: unpack it first",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel 97-2003: save it as .xlsx or 'CSV UTF-8'",
    b"PAR1": "a parquet file: name it .parquet",
    b"%PDF": "a PDF file and no table",
}
"""Beginnings of files that are no text, with the way out."""
_OPENING = "\u201a\u201e"
_ANGLES = "\u2039\u203a"
_SIGNS = f"€…‰{_OPENING}{_ANGLES}\u2018’“”•–—™¡¢£¥§©ª«®°±²³µ·¹º»¼½¾¿× \xa0"
_NOT_WESTERN = re.compile(
    f"[A-Za-z{_WESTERN}][¡¢£¥§©«®±²³¹»¼½¾¿•{_ANGLES}‰™][a-z{_WESTERN}]"  # a sign within a word
    "|[a-z][À-ÖØ-ÞŒŠŽ]"  # a capital behind a small letter
    f"|[a-z][{_OPENING}]"  # what opens a quotation, behind a word
    f"|[{_WESTERN}]{{3}}"  # words of other alphabets are all of such letters
)
_BALTIC = re.compile("[ŠšŽž]")
_BESIDE_BALTIC = frozenset("ŠšŽžÄäÖöÕõÜüÅåÉé")
_MOST = 0.7
"""At most so much of the words with accents is not ASCII."""
_CUT = "unexpected end of data"
"""What Python says of UTF-8 that ends within a character."""
_DAMAGED = (
    "is in UTF-8, but damaged: it is cut off, or parts of it are in another encoding; save it "
    "again as 'CSV UTF-8'"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file of text is encoded.

    Attributes
    ----------
    name : str
        As Python knows it.
    guessed : str
        Empty if it is certain; else a sentence that says what was guessed, with an example.
    """

    name: str
    guessed: str = ""


def encoding_of(path: Path) -> Encoding:
    r"""Find the encoding of a file.

    A mark at its beginning decides; without one, a file that is valid UTF-8 from end to end is
    UTF-8.  Anything else is guessed, and only where one guess stands out.

    Parameters
    ----------
    path : Path
        Read once, in parts.

    Raises
    ------
    BadInput
        If no encoding stands out, or the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "in.csv"
    >>> _ = path.write_bytes("이름,값\n고양이,강아지\n".encode("cp949"))
    >>> encoding_of(path).name
    'cp949'
    """
    try:
        with path.open("rb") as file:
            first = file.read(AT_ONCE)
            _refuse_no_text(path, first)
            for mark, name in MARKS:
                if first.startswith(mark):
                    return Encoding(name)
            if (wide := _without_mark(first)) is not None:
                return _guess(path, wide, first)
            decoder, part = codecs.getincrementaldecoder("utf-8")(), first
            before = b""
            try:
                while part:
                    decoder.decode(part)
                    before, part = part, file.read(AT_ONCE)
                decoder.decode(b"", final=True)
                return Encoding("utf-8")
            except UnicodeDecodeError as error:
                sample = _from_the_first(first, before + part + file.read(JUDGED))
                return _judged(path, sample, error.reason == _CUT)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None


def _refuse_no_text(path: Path, first: bytes) -> None:
    for beginning, said in _NO_TEXT.items():
        if first.startswith(beginning):
            raise BadInput(f"{str(path)!r} is {said}.")


def _without_mark(first: bytes) -> str | None:
    """UTF-16 without its mark: its ends of lines have a zero byte, and text has none."""
    sample = first[: 4_000 - 4_000 % 2]
    if b"\0" not in sample:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        if "\n" in text and all(map(_is_of_text, text)):
            return name
    return None


def _is_of_text(character: str) -> bool:
    return character in "\r\n\t" or unicodedata.category(character)[0] != "C"


def _from_the_first(first: bytes, later: bytes) -> bytes:
    """Whole lines from the first character on that is not ASCII."""
    sample = first if not first.isascii() else later
    high = re.search(rb"[\x80-\xff]", sample)
    begin = sample.rfind(b"\n", 0, high.start()) + 1 if high else 0
    part = sample[begin : begin + JUDGED]
    return part[: part.rfind(b"\n") + 1] or part


def _judged(path: Path, sample: bytes, cut: bool) -> Encoding:
    """A guess; `cut` says that all but the last bytes of the file are valid UTF-8."""
    as_utf8 = sample.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    if sum(not each.isascii() for each in as_utf8) - damaged > damaged:
        raise BadInput(f"{str(path)!r} {_DAMAGED}.")
    for name, fits in (("cp949", _is_korean), ("cp932", _is_japanese), ("cp1252", _is_western)):
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        if fits(text):
            return _guess(path, name, sample)
    if cut:
        raise BadInput(f"{str(path)!r} {_DAMAGED}.")
    raise BadInput(
        f"{str(path)!r} is not in UTF-8, and DALT does not recognise its encoding; save it as "
        "'CSV UTF-8'."
    )


def _guess(path: Path, name: str, sample: bytes) -> Encoding:
    text = sample[: len(sample) // 2 * 2].decode(name, "replace")
    words = [word for word in re.findall(r"[^\W\d]+", text) if not word.isascii()]
    example = f", for example {shown(words[0])}" if words else ""
    return Encoding(
        name,
        f"{str(path)!r} is not in UTF-8; DALT reads it as {NAMES[name]}{example}. If that is "
        "wrong, save it as 'CSV UTF-8'.",
    )


def _is_korean(text: str) -> bool:
    """Almost all that is not ASCII are common syllables of Hangul."""
    high = [each for each in text if not each.isascii()]
    syllables = [each for each in high if "가" <= each <= "힣"]
    # The others of the 11,172 syllables take 8 bytes in EUC-KR.
    common = sum(len(each.encode("euc-kr")) == 2 for each in syllables)
    others = sum(not each.isalpha() or "ㄱ" <= each <= "ㆎ" for each in high)
    return common > 0 and common + others >= 0.9 * len(high) and common >= others


def _is_japanese(text: str) -> bool:
    """Kana stand among the characters, and none of half the width."""
    high = [each for each in text if not each.isascii()]
    kana = sum("\u3041" <= each <= "\u30ff" for each in high)
    half = sum("\uff61" <= each <= "\uff9f" for each in high)
    return kana >= 0.2 * len(high) and half <= 0.02 * len(high)


def _is_western(text: str) -> bool:
    """Letters with accents stand in words of ASCII, and signs outside of words."""
    high = {each for each in text if not each.isascii()}
    if not high <= set(_WESTERN + _SIGNS) or _NOT_WESTERN.search(text):
        return False
    letters = high & set(_WESTERN)
    if _BALTIC.search(text) and not letters <= _BESIDE_BALTIC:
        return False  # Czech, Polish or Croatian in another encoding
    words = [word for word in re.findall(f"[A-Za-z{_WESTERN}]+", text) if not word.isascii()]
    accents = sum(not each.isascii() for word in words for each in word)
    return accents <= _MOST * sum(map(len, words))
