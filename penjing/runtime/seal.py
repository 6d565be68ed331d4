"""The seal: a SHA-256 over a whole file, standing inside that file.

The 64 digits stand behind a mark; while the hash is taken they count as zeros. So one flipped bit anywhere is found: in
the content it changes the hash, in the digits it differs from the hash, in the mark there is no seal any more.
The mark ends in the two bytes by which a protobuf string of 64 bytes begins, so that it stands in an ONNX file's
metadata as it is, and in the comment of a zip likewise.
"""

import hashlib

from penjing.findings import PenjingError, stop

KEY = "penjing.seal"
MARK = KEY.encode() + b"\x12\x40"
BLANK = b"0" * 64


def seal(content: bytes) -> bytes:
    """Fill in the digits of content that holds the mark and BLANK."""
    at = content.rindex(MARK) + len(MARK)
    return content[:at] + _digest(content, at) + content[at + 64 :]


def check_seal(content: bytes, where: str) -> str:
    """Give the seal of content that is whole.

    Raises:
        PenjingError: `PJ422` where there is no seal, or it does not fit.
    """
    at = content.rfind(MARK) + len(MARK)
    if at < len(MARK):
        raise _broken("it has no seal: it was cut short, or Penjing did not make it", where)
    found = content[at : at + 64]
    if found != _digest(content, at):
        raise _broken("it is not what was sealed: at least one byte has changed", where)
    return found.decode()


def _digest(content: bytes, at: int) -> bytes:
    digest = hashlib.sha256(memoryview(content)[:at])
    digest.update(BLANK)
    digest.update(memoryview(content)[at + 64 :])
    return digest.hexdigest().encode()


def _broken(what: str, where: str) -> PenjingError:
    return stop(
        "PJ422",
        f"this file cannot be trusted: {what}",
        where=where,
        why="what was scored is not what would answer.",
        try_="fetch the file again, or make it anew: penjing export RUN",
    )
