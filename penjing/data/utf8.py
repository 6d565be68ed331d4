"""Text of a file in UTF-8, with or without a byte order mark; anything else is a finding that says where. No torch."""

from pathlib import PurePath

from penjing.findings import stop


def decode(content: bytes, where: str) -> str:
    """The text without its byte order mark.

    Raises:
        PenjingError: `not-utf8`.
    """
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
