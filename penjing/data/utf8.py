"""Text of a file in UTF-8, or in UTF-16 where its mark says so; else a finding that says where. No torch."""

import codecs
from pathlib import PurePath

from penjing.findings import stop


def decode(content: bytes, where: str) -> str:
    """The text without its byte order mark.

    Raises:
        PenjingError: `not-utf8`; `not-utf16` where the content begins as such a text and does not go on as one.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # as Windows' programs save "Unicode"
        return _decode_utf16(content, where)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        path = PurePath(where)
        raise stop(
            "not-utf8",
            f"{path.name} is not UTF-8: byte 0x{content[error.start]:02x} in line {line} does not belong there",
            where=f"{where}, line {line}",
            why="read in another encoding, its letters would be other letters.",
            try_=f"iconv -f latin1 -t utf-8 {path.name} > utf8{path.suffix}  with the encoding it was written in",
        ) from error


def _decode_utf16(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError as error:
        path = PurePath(where)
        raise stop(
            "not-utf16",
            f"{path.name} begins as UTF-16 and is not: its byte {error.start:,} does not belong there",
            where=where,
            why="its letters would be lost or be other letters.",
            try_="save it again, as UTF-8",
        ) from error
