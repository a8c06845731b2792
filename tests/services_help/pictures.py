"""JPEG files for tests. The smallest ones are put together by hand: their picture is noise, their form is right."""

import struct

EXIF = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(
    *extra: bytes, width: int = 1600, height: int = 1200, frame: int = 0xC0, scan: bytes = b"\x12\xff\0\x34"
) -> bytes:
    """``extra``: segments before the picture."""
    jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    start = segment(frame, bytes([8]) + struct.pack(">HH", height, width) + b"\x01\x01\x11\0")
    return b"".join([b"\xff\xd8", jfif, *extra, start, segment(0xDA, b"\x01\x01\0\0\x3f\0"), scan, b"\xff\xd9"])
