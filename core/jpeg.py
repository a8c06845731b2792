"""What a JPEG file says besides its picture, read marker by marker. The picture itself is not decoded."""

from collections.abc import Iterator

SOI, EOI, SOS, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment
# How colours are to be read, and nothing else: JFIF, an ICC profile, Adobe's transform.
HARMLESS = {0xE0: (b"JFIF\0",), 0xE2: (b"ICC_PROFILE\0",), 0xEE: (b"Adobe",)}


class NotJpeg(Exception):
    """The bytes are no complete JPEG file, or more than one."""


class HasMetadata(Exception):
    """Something beside the picture: Exif with place and device, XMP, IPTC, comments, further pictures."""


def bare_size(data: bytes) -> tuple[int, int]:
    """(width, height) of a JPEG that holds its picture and nothing else."""
    size = None
    for marker, segment in _segments(data):
        if marker in START_OF_FRAME:
            if size or len(segment) < 6:
                raise NotJpeg
            size = int.from_bytes(segment[3:5]), int.from_bytes(segment[1:3])
        elif _may_tell(marker) and not segment.startswith(HARMLESS.get(marker, ())):
            raise HasMetadata
    if size is None or 0 in size:
        raise NotJpeg
    return size


def _may_tell(marker: int) -> bool:
    return marker == COMMENT or 0xE0 <= marker <= 0xEF


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    if data[:2] != bytes([0xFF, SOI]):
        raise NotJpeg
    at, has_picture = 2, False
    while True:
        marker, at = _marker(data, at)
        if marker == EOI:
            break
        if marker in ALONE:
            continue
        length = int.from_bytes(data[at : at + 2])
        if marker in (0, SOI) or length < 2 or at + length > len(data):
            raise NotJpeg
        yield marker, data[at + 2 : at + length]
        at += length
        if marker == SOS:
            has_picture = True
            at = _end_of_scan(data, at)
    # Phones hang a film or a depth map behind the picture.
    if not has_picture or at != len(data):
        raise NotJpeg


def _marker(data: bytes, at: int) -> tuple[int, int]:
    if data[at : at + 1] != b"\xff":
        raise NotJpeg
    while data[at : at + 1] == b"\xff":
        at += 1
    if at >= len(data):
        raise NotJpeg
    return data[at], at + 1


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker begins; within the scan 0xFF is written FF 00, and restarts are part of it."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise NotJpeg
        after = data[at + 1]
        if after != 0 and after not in ALONE and after != 0xFF:
            return at
        at += 1 if after == 0xFF else 2
