"""The uploaded file and the file of its bad rows: whole, durable, readable by the portal alone, gone after a while."""

import datetime as dt
import hashlib
import os
import shutil
import uuid
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from core.files import make_durable
from teams.imports.files import FORMATS, SheetData, UnreadableFile
from teams.models import ImportRun

UPLOADED, BAD_ROWS = "uploaded", "bad-rows.xlsx"


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


def folder_of(run: ImportRun) -> Path:
    return _root() / str(run.key)


def keep(run: ImportRun, name: str, data: bytes) -> None:
    """Whole or not at all; kept again under the same name, it takes the place of what was there."""
    folder = folder_of(run)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f"{name}.half"
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    half.replace(folder / name)
    make_durable(folder / name)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def dataset_of(run: ImportRun) -> SheetData:
    """The rows of the uploaded file, if it is still the one that was uploaded."""
    data = uploaded(run)
    if data is None:
        raise UnreadableFile(_("Tệp không còn được giữ. Hãy tải tệp lên lại."))
    if digest_of(data) != run.sha256:
        raise UnreadableFile(_("Tệp đã lưu không còn nguyên vẹn. Hãy tải tệp lên lại."))
    return read(run, data)


def uploaded(run: ImportRun) -> bytes | None:
    path = folder_of(run) / UPLOADED
    return path.read_bytes() if path.exists() else None


def read(run: ImportRun, data: bytes) -> SheetData:
    extension = run.file_name.rpartition(".")[2].lower()
    reader = next(each() for each in FORMATS if each().get_extension() == extension)
    return reader.create_dataset(data)


def bad_rows_of(run: ImportRun) -> bytes | None:
    path = folder_of(run) / BAD_ROWS
    return path.read_bytes() if path.exists() else None


def older_than(moment: dt.datetime) -> set[uuid.UUID]:
    """The keys of runs in whose folders nothing has come or gone since."""
    folders = [folder for folder in _root().glob("*-*-*-*-*") if folder.stat().st_mtime < moment.timestamp()]
    return {uuid.UUID(folder.name) for folder in folders}


def forget(run: ImportRun) -> None:
    shutil.rmtree(folder_of(run), ignore_errors=True)
