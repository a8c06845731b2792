"""The last hand on a Word file: whose it is, of when, and nothing of the programs that it went through."""

import zipfile
from io import BytesIO
from typing import Any

from docx.document import Document

from reports.official.content import Report
from reports.official.layouts.wording import as_time

# Of parts that say which program and which computer a file is from, then of those that the form does not need.
OF_PACKAGE = ("/extended-properties", "/custom-properties", "/metadata/thumbnail")
TRACES = (*OF_PACKAGE, "/stylesWithEffects", "/customXml", "/webSettings", "/fontTable", "/theme")
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


def take_away_traces(document: Document) -> None:
    """Of a file that the library has begun: also what it brings along and the form does not need."""
    _drop(document.part.package, TRACES)
    _drop(document.part, TRACES)
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.language = "vi-VN"
    properties.revision = 1


def describe(document: Document, report: Report) -> None:
    """Whatever the template said of itself, the file is the issuer's, of the moment of its figures."""
    _drop(document.part.package, OF_PACKAGE)
    issuer = " ".join(report.letterhead.issuer)
    properties = document.core_properties
    for name in ("comments", "keywords", "category", "content_status", "identifier", "version"):
        setattr(properties, name, "")
    properties.title, properties.subject = f"Báo cáo {report.subject}"[:255], report.state[:255]
    properties.author = properties.last_modified_by = issuer[:255]
    properties.language = "vi-VN"
    properties.revision = report.version
    properties.created = properties.modified = as_time(report.as_of)


def packed(document: Document) -> bytes:
    """The file, the same for the same content: no clock in it but its own."""
    stream = BytesIO()
    document.save(stream)
    made = BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(_entry(name), source.read(name), compresslevel=6)
    return made.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0  # the same on every machine
    return entry


def _drop(part: Any, kinds: tuple[str, ...]) -> None:
    for key, relation in list(part.rels.items()):
        if relation.reltype.endswith(kinds):
            del part.rels[key]
