"""Whether a file may be opened as a Word template at all: before any program reads what is in it."""

import zipfile
from io import BytesIO

from django.utils.translation import gettext as _

from reports.official.layouts.template_reach import XML, reach_problem, strange_parts

MOST_BYTES = 2_000_000
# Unpacked, an honest form has some hundred kilobytes; a zip bomb has gigabytes.
MOST_UNPACKED = 20_000_000
MOST_PART = 4_000_000
MOST_FILES = 200
# The template engine reads with patterns, whose time grows with the text times the brackets in it.
MOST_TEXT, MOST_BRACKETS = 1_500_000, 3_000
OLD_WORD = b"\xd0\xcf\x11\xe0"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# What an office file can carry that would do something by itself, or hide something.
ACTIVE = ("vbaproject", "vbadata", "activex", "oleobject", "embeddings/", "attachedtoolbars")


def archive_problem(data: bytes) -> str:
    """Why the file is refused; empty when it may be opened."""
    if not data:
        return _("Tệp trống. Hãy chọn tệp mẫu .docx.")
    if len(data) > MOST_BYTES:
        return _("Tệp lớn hơn 2 MB. Hãy bỏ bớt ảnh trong mẫu rồi tải lại.")
    if data.startswith(OLD_WORD):
        return _("Tệp là Word cũ (.doc) hoặc có mật khẩu. Hãy lưu lại thành .docx, không mật khẩu.")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _unpacked_problem(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, RuntimeError, EOFError):
        return _("Tệp không phải Word (.docx) hoặc đã hỏng. Hãy mở bằng Word và lưu lại thành .docx.")


def _unpacked_problem(archive: zipfile.ZipFile) -> str:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    too_big = sum(entry.file_size for entry in entries) > MOST_UNPACKED
    if too_big or len(entries) > MOST_FILES or any(_is_large(entry) for entry in entries):
        return _("Tệp nén quá nhiều dữ liệu nên không được mở. Hãy bắt đầu lại từ mẫu của Cổng.")
    if any(mark in name.lower() for name in names for mark in ACTIVE):
        return _("Tệp có macro hoặc đối tượng nhúng. Hãy bỏ đi và lưu lại thành .docx (không phải .docm).")
    if problem := strange_parts(names):
        return problem
    if "[Content_Types].xml" not in names or "word/document.xml" not in names:
        return _("Tệp không phải Word (.docx). Hãy mở bằng Word và lưu lại thành .docx.")
    # Reading stops at the size that the archive has announced, which was looked at above.
    parts = {name: archive.read(name) for name in names if name.lower().endswith(XML)}
    types = parts["[Content_Types].xml"].decode("utf-8", "replace")
    if "macroEnabled" in types:
        return _("Tệp có macro (.docm). Hãy lưu lại thành .docx.")
    if DOCUMENT not in types:
        return _("Tệp là mẫu Word (.dotx) hoặc loại khác. Hãy lưu lại thành .docx.")
    return _content_problem(parts)


def _is_large(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(XML) and entry.file_size > MOST_PART


def _content_problem(parts: dict[str, bytes]) -> str:
    for name, part in parts.items():
        if name.startswith("word/") and (part.count(b"{") > MOST_BRACKETS or (b"{" in part and len(part) > MOST_TEXT)):
            return _("Mẫu quá dài hoặc có quá nhiều lệnh. Hãy bắt đầu lại từ mẫu của Cổng và sửa ít hơn.")
    return reach_problem(parts)
