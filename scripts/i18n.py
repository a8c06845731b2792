"""Translations without GNU gettext: `i18n.py extract | merge FILE.json... | check | compile`.

Source texts are Vietnamese. locale/en holds our English; locale/vi holds the Vietnamese of libraries that have none.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import polib

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

LOCALE = BASE / "locale"
PLURALS = {"en": "nplurals=2; plural=(n != 1);", "vi": "nplurals=1; plural=0;"}
# %(name)s, %s, %d, {name}: what a translation must hand on. A lone % (37,5 %) is none.
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|(?<![%\w])%[sd](?!\w)|\{\w*\}")


def catalogue(language: str) -> polib.POFile:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if path.is_file():
        return polib.pofile(str(path), wrapwidth=120, check_for_duplicates=True)
    book = polib.POFile(wrapwidth=120)
    book.fpath = str(path)
    return book


def save(book: polib.POFile, language: str) -> None:
    """Sorted and without line numbers or dates, so that a change in the file is a change in a text."""
    book.metadata = {
        "Project-Id-Version": "xung-kich-so",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    book.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    Path(book.fpath).parent.mkdir(parents=True, exist_ok=True)
    book.save(book.fpath)


def complete(entry: polib.POEntry, forms: int) -> bool:
    if entry.msgid_plural:
        return all(entry.msgstr_plural.get(form, "").strip() for form in range(forms))
    return bool(entry.msgstr.strip())


def sync(language: str, texts: dict) -> polib.POFile:
    """Brings a catalogue in line with what was found: adds the new, drops the gone, keeps what is translated."""
    from scripts.texts import key_of  # noqa: PLC0415 - needs babel, which a running portal does not have

    book = catalogue(language)
    known = {key_of(entry): entry for entry in book}
    for key in known.keys() - texts.keys():
        book.remove(known[key])
    for key, text in texts.items():
        entry = known.get(key)
        if entry is None:
            entry = polib.POEntry(msgid=key.msgid, msgctxt=key.context)
            book.append(entry)
        entry.occurrences = [(file, "") for file in sorted(text.files)]
        if text.plural and not entry.msgid_plural:
            entry.msgid_plural, entry.msgstr = text.plural, ""
            entry.msgstr_plural = dict.fromkeys(range(2 if language == "en" else 1), "")
        if "python-brace-format" not in entry.flags and PLACEHOLDER.search(key.msgid):
            entry.flags = ["python-format"] if "%" in key.msgid else ["python-brace-format"]
    return book


def extract() -> int:
    from scripts.texts import library_texts, project_texts  # noqa: PLC0415 - needs babel

    for language, texts in (("en", project_texts()), ("vi", library_texts())):
        book = sync(language, texts)
        save(book, language)
        missing = [entry for entry in book if not complete(entry, 2 if language == "en" else 1)]
        print(f"locale/{language}: {len(book)} texts, {len(missing)} without a translation")
    return 0


def merge(files: list[str], language: str = "en") -> int:
    """Files hold {"text": "translation"} or {"text": ["one", "other"]}; an earlier translation is replaced."""
    book = catalogue(language)
    by_text: dict[str, list[polib.POEntry]] = {}
    for entry in book:
        by_text.setdefault(entry.msgid, []).append(entry)
    unknown = []
    for file in files:
        for text, translation in json.loads(Path(file).read_text(encoding="utf-8")).items():
            if text not in by_text:
                unknown.append(f"{file}: {text!r}")
            for entry in by_text.get(text, []):
                if entry.msgid_plural:
                    forms = translation if isinstance(translation, list) else [translation]
                    entry.msgstr_plural = {form: forms[min(form, len(forms) - 1)] for form in entry.msgstr_plural}
                else:
                    entry.msgstr = translation if isinstance(translation, str) else translation[-1]
    save(book, language)
    print(*unknown, sep="\n")
    print(f"{len(unknown)} texts of the files stand nowhere in the portal (any more)")
    return 0


def problems(language: str, texts: dict) -> list[str]:
    from scripts.texts import key_of  # noqa: PLC0415 - needs babel

    forms = 2 if language == "en" else 1
    book = {key_of(entry): entry for entry in catalogue(language)}
    found = [f"not translated: {key.msgid!r} ({', '.join(sorted(texts[key].files))})" for key in texts.keys() - book]
    found += [f"no longer in the code: {key.msgid!r}" for key in book.keys() - texts.keys()]
    for key in book.keys() & texts.keys():
        entry = book[key]
        if not complete(entry, forms) or "fuzzy" in entry.flags:
            found.append(f"not translated: {key.msgid!r} ({', '.join(sorted(texts[key].files))})")
            continue
        for translation in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            sources = {frozenset(PLACEHOLDER.findall(source)) for source in (key.msgid, entry.msgid_plural) if source}
            if frozenset(PLACEHOLDER.findall(translation)) not in sources:
                found.append(f"placeholders differ: {key.msgid!r} -> {translation!r}")
    return sorted(f"locale/{language}: {problem}" for problem in found)


def check() -> int:
    from scripts.texts import library_texts, project_texts  # noqa: PLC0415 - needs babel

    found = problems("en", project_texts()) + problems("vi", library_texts())
    print(*found, sep="\n")
    if found:
        print(f"{len(found)} problems; `scripts/i18n.py extract` brings the catalogues in line, then translate")
    return bool(found)


def compile_catalogues() -> int:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "check", "compile"):
        commands.add_parser(name)
    merging = commands.add_parser("merge")
    merging.add_argument("files", nargs="+")
    merging.add_argument("--language", choices=PLURALS, default="en")
    options = parser.parse_args()
    if options.command == "merge":
        return merge(options.files, options.language)
    return {"extract": extract, "check": check, "compile": compile_catalogues}[options.command]()


if __name__ == "__main__":
    sys.exit(main())
