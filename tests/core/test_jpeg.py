"""A JPEG is taken when it holds its picture and nothing else."""

import struct

import pytest

from core.jpeg import HasMetadata, NotJpeg, bare_size
from tests.services_help.pictures import EXIF, jpeg, segment

ICC = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"p" * 40)
ADOBE = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")


@pytest.mark.parametrize("frame", [0xC0, 0xC1, 0xC2], ids=["baseline", "extended", "progressive"])
def test_size_is_read_from_the_frame(frame):
    assert bare_size(jpeg(width=1600, height=1200, frame=frame)) == (1600, 1200)


BARE = {
    "a colour profile": jpeg(ICC, ADOBE),
    "fill bytes before a marker": jpeg(b"\xff\xff\xff" + ICC[1:]),
    "restarts within the scan": jpeg(scan=b"\x12\xff\xd0\x34\xff\xd7\x56\xff\0"),
    "a second scan": jpeg(
        frame=0xC2, scan=b"\x12" + segment(0xC4, b"\0" * 17) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x34"
    ),
    "a scan that ends in fill bytes": jpeg(scan=b"\x12\xff\xff"),
}


@pytest.mark.parametrize("data", BARE.values(), ids=BARE)
def test_picture_with_what_it_needs_to_be_shown_is_bare(data):
    assert bare_size(data) == (1600, 1200)


TELLING = {
    "Exif": jpeg(segment(0xE1, EXIF)),
    "XMP": jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
    "IPTC": jpeg(segment(0xED, b"Photoshop 3.0\0")),
    "a comment": jpeg(segment(0xFE, b"10.77,106.69")),
    "further pictures": jpeg(segment(0xE2, b"MPF\0II")),
    "something in place of JFIF": jpeg(segment(0xE0, b"GPS 10.77,106.69")),
    "something in place of Adobe": jpeg(segment(0xEE, b"GPS 10.77,106.69")),
    "an unknown segment": jpeg(segment(0xE7, b"?")),
    "Exif between two scans": jpeg(scan=b"\x12" + segment(0xE1, EXIF) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x34"),
}


@pytest.mark.parametrize("data", TELLING.values(), ids=TELLING)
def test_picture_that_tells_more_is_noticed(data):
    with pytest.raises(HasMetadata):
        bare_size(data)


GOOD = jpeg()
BROKEN = {
    "nothing": b"",
    "a PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "a web page": b"<html></html>",
    "the beginning alone": b"\xff\xd8",
    "an end without a picture": b"\xff\xd8\xff\xd9",
    "fill bytes and no marker": b"\xff\xd8\xff\xff\xff",
    "noise between segments": b"\xff\xd8" + b"\0" + GOOD[2:],
    "a segment longer than the file": b"\xff\xd8\xff\xe0" + struct.pack(">H", 60000),
    "a segment of no length": b"\xff\xd8\xff\xe0\0\0",
    "cut off in the scan": GOOD[:-3],
    "cut off before the end": GOOD[:-1],
    "a film behind it": GOOD + b"ftypmp42",
    "a picture behind it": GOOD + GOOD,
    "a picture within it": b"\xff\xd8" + GOOD,
    "no frame": b"\xff\xd8" + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\xd9",
    "a frame too short": b"\xff\xd8" + segment(0xC0, b"\x08") + segment(0xDA, b"\x01") + b"\xff\xd9",
    "two frames": jpeg(segment(0xC0, b"\x08\x04\xb0\x06\x40\x01\x01\x11\0")),
    "no height": jpeg(height=0),
    "a scan without end": GOOD[:-2],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_complete_jpeg_is_noticed(data):
    with pytest.raises(NotJpeg):
        bare_size(data)


def test_cut_anywhere_it_is_no_jpeg():
    for length in range(len(GOOD)):
        with pytest.raises(NotJpeg):
            bare_size(GOOD[:length])
