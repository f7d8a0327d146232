"""What a learning platform hands out -> `submitted/STUDENT/UNIT/`.

An archive is a stranger's: its names are parsed, never used as they are; its sizes are
counted while it is read; what cannot be used is said, and the rest goes on. Nothing is
lost: what a newer attempt replaces is moved away, not deleted.
"""

import json
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from autograder.build import list_sources
from autograder.errors import InstructorError
from autograder.intake import TIMESTAMP_FILE, read_timestamp
from autograder.records import clean
from autograder.roster import Person, Roster, plain_words
from autograder.settings import Settings

COLLECTED, REPLACED = "collected", "replaced"
MAX_ENTRIES = 50_000
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db")
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
NO_TIME = datetime(1980, 1, 1, tzinfo=UTC)
# Ana García_1234_assignsubmission_file_/ejercicios.ipynb, with or without the folder
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?[/_]?(?P<file>.+)"
)
# garciaana_LATE_77_4321_ejercicios-2.ipynb: user, attachment, and Canvas's own suffix;
# LATE_anon_x7Pq2_4321_ejercicios.ipynb where it does not say who they are
CANVAS = re.compile(
    r"(?:(?P<name>.+?)_(?P<late>LATE_)?(?P<user>\d+)|(?P<hidden>(?:LATE_)?anon_\w+?))"
    r"_(?P<number>\d+)_(?P<file>.+)"
)
CANVAS_TEXT = re.compile(r".+_(text|link)\.html")
NOT_CANVAS = "not a name that Canvas gives"
CANVAS_SUFFIX = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Entry:
    """A file of an archive; `read` gives its bytes, up to a number."""

    path: PurePosixPath
    time: datetime
    read: Callable[[int], bytes]


@dataclass(frozen=True)
class Piece:
    """One file of one person, named as the platform does; `order` grows with time.

    `prefix` is what the platform puts before the person's files, `number` how it tells
    apart two persons of one name, in this archive if not for ever.
    """

    entry: Entry
    person: str
    prefix: str
    file: PurePosixPath
    order: int = 0
    is_late: bool = False
    number: str = ""


@dataclass
class Collected:
    """What became of the files of one student."""

    student: str
    is_known: bool
    pieces: dict[PurePosixPath, Piece] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def time(self) -> datetime:
        """When the last of the files was handed in."""
        return max(piece.entry.time for piece in self.pieces.values())


def collect(
    settings: Settings, archive: Path, unit: str, platform: str, roster: Roster
) -> tuple[list[Collected], list[str]]:
    """Sort an archive's files into `submitted/`.

    Of several attempts the last counts. What a student has there already is replaced
    only by something newer, and then lies in ``replaced/UNIT/STUDENT/``. How the
    platform names each student's files is kept, for what goes back to it.

    Parameters
    ----------
    archive
        A zip file, or a folder with what was in one.
    platform
        ``moodle``, ``canvas``, or ``folder``: a folder or a notebook per student.

    Returns
    -------
    Students in order, and what of the archive could not be used.

    Raises
    ------
    UnknownUnitError, InstructorError
        If there is no such unit, or the archive cannot be read.
    """
    names = {path.stem for path in list_sources(settings, unit)}
    problems: list[str] = []
    entries = list(_entries(archive, problems))
    pieces = _PARSERS[platform](entries, names, problems)
    students: dict[str, Collected] = {}
    for student, is_known, piece in _identify(platform, list(pieces), roster):
        _add(students.setdefault(student, Collected(student, is_known)), piece)
    done = sorted(students.values(), key=lambda found: found.student)
    for found in done:
        _store(settings, unit, found)
    prefixes = platform_prefixes(settings, unit)
    prefixes |= {c.student: next(iter(c.pieces.values())).prefix for c in done}
    path = settings.root / COLLECTED / f"{unit}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(prefixes, ensure_ascii=False, indent=1, sort_keys=True))
    return done, problems


def platform_prefixes(settings: Settings, unit: str) -> dict[str, str]:
    """How the names of each student's files begin where the archive came from."""
    path = settings.root / COLLECTED / f"{unit}.json"
    prefixes: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return prefixes


# What the archive holds


def _entries(archive: Path, problems: list[str]) -> Iterator[Entry]:
    """The files of a zip file or a folder whose names lead nowhere else."""
    if archive.is_dir():
        found = _entries_of_folder(archive, problems)
    else:
        found = _entries_of_zip(archive, problems)
    for number, entry in enumerate(found):
        if number == MAX_ENTRIES:
            problems.append(f"more than {MAX_ENTRIES} files: the rest was left out")
            return
        parts = entry.path.parts
        if not any(fnmatch(part, junk) for part in parts for junk in JUNK):
            yield entry


def _entries_of_folder(folder: Path, problems: list[str]) -> Iterator[Entry]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            problems.append(f"{name}: no plain file")
            continue
        time = datetime.fromtimestamp(status.st_mtime, UTC)
        yield Entry(PurePosixPath(name), time, _reader(path))


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(n_bytes: int) -> bytes:
        with path.open("rb") as file:
            return file.read(n_bytes)

    return read


def _entries_of_zip(archive: Path, problems: list[str]) -> Iterator[Entry]:
    try:
        opened = zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile) as error:
        raise InstructorError(f"{archive}: {error}") from error
    for info in opened.infolist():
        name = _name(info)
        path = PurePosixPath(name)
        if info.is_dir():
            continue
        is_plain = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
            problems.append(f"{clean(name)}: its path leads out of the archive")
        elif not is_plain:
            problems.append(f"{clean(name)}: a link or a device")
        elif info.flag_bits & ENCRYPTED_FLAG:
            problems.append(f"{clean(name)}: encrypted")
        else:
            yield Entry(path, _time(info), _zip_reader(opened, info))


def _zip_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[int], bytes]:
    def read(n_bytes: int) -> bytes:
        with archive.open(info) as file:
            return file.read(n_bytes)

    return read


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name; programs for Windows write other encodings than they say."""
    name = info.filename
    if not info.flag_bits & UTF8_FLAG:
        raw = name.encode("cp437", "replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp850")
    return name.replace("\\", "/")


def _time(info: zipfile.ZipInfo) -> datetime:
    """An entry's time, which a zip file gives without a zone: here is assumed."""
    try:
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError):
        return NO_TIME


# Whose each file is


def _moodle(
    entries: Sequence[Entry], names: set[str], problems: list[str]
) -> Iterator[Piece]:
    for entry in entries:
        match = MOODLE.fullmatch(str(entry.path))
        if match is None:
            problems.append(f"{clean(str(entry.path))}: not a name that Moodle gives")
        elif match["kind"] == "file":
            prefix = str(entry.path)[: match.start("file")]
            file = PurePosixPath(match["file"])
            number = match["number"]
            yield Piece(entry, match["name"], prefix, file, number=number)


def _canvas(
    entries: Sequence[Entry], names: set[str], problems: list[str]
) -> Iterator[Piece]:
    for entry in entries:
        match = CANVAS.fullmatch(entry.path.name)
        if match is None:
            is_text = CANVAS_TEXT.fullmatch(entry.path.name)
            problem = "no file but a text or a link" if is_text else NOT_CANVAS
            problems.append(f"{clean(str(entry.path))}: {problem}")
            continue
        file = PurePosixPath(match["file"])
        plain = CANVAS_SUFFIX.sub("", file.stem)
        hidden = match["hidden"] or ""
        yield Piece(
            entry,
            match["name"] or hidden.removeprefix("LATE_"),
            entry.path.name[: match.start("file")],
            file.with_stem(plain) if plain in names else file,
            order=int(match["number"]),
            is_late=bool(match["late"]) or hidden.startswith("LATE_"),
            number=match["user"] or "",
        )


def _folder(
    entries: Sequence[Entry], names: set[str], problems: list[str]
) -> Iterator[Piece]:
    paths = [entry.path.parts for entry in entries]
    while paths and len({p[0] for p in paths}) == 1 and min(map(len, paths)) > 2:
        paths = [parts[1:] for parts in paths]  # a folder around all others
    for entry, parts in zip(entries, paths, strict=True):
        if len(parts) > 1:
            file = PurePosixPath(*parts[1:])
            yield Piece(entry, parts[0], f"{parts[0]}/", file)
        elif entry.path.suffix.lower() == ".ipynb":
            person = entry.path.stem
            yield Piece(entry, person, f"{person}/", PurePosixPath(parts[0]))
        else:
            problems.append(f"{clean(parts[0])}: in no student's folder")


_PARSERS: dict[
    str, Callable[[Sequence[Entry], set[str], list[str]], Iterable[Piece]]
] = {"moodle": _moodle, "canvas": _canvas, "folder": _folder}
PLATFORMS = tuple(_PARSERS)


def _identify(
    platform: str, pieces: Sequence[Piece], roster: Roster
) -> Iterator[tuple[str, bool, Piece]]:
    """Whose each piece is: the student's id, and whether it is in the roster.

    Strangers of one name, as all are where names are hidden, are told apart by number.
    """
    numbers: dict[str, set[str]] = {}
    for piece in pieces:
        numbers.setdefault(_plain_id(piece), set()).add(piece.number)
    for piece in pieces:
        canvas = piece.number if platform == "canvas" else ""
        person = roster.find(piece.person, canvas)
        if person is None and platform == "moodle":
            person = _without_group(piece, roster)
        student = person.id if person else _plain_id(piece)
        is_taken = len(numbers[_plain_id(piece)]) > 1 or student in roster.by_id
        if not person and piece.number and is_taken:
            student = f"{student}-{piece.number}"
        yield student, person is not None, piece


def _without_group(piece: Piece, roster: Roster) -> Person | None:
    """Who is meant where Moodle writes a group and a dash before the name."""
    rest = piece.person
    while "-" in rest:
        rest = rest.partition("-")[2]
        if person := roster.find(rest):
            return person
    return None


def _plain_id(piece: Piece) -> str:
    return _safe("-".join(plain_words(piece.person)))


def _add(found: Collected, piece: Piece) -> None:
    """Give a file to its student; of two with one name the later one counts."""
    old = found.pieces.get(piece.file)
    if old is not None:
        found.notes.append(f"several attempts of {clean(str(piece.file))}")
        if (old.entry.time, old.order) > (piece.entry.time, piece.order):
            return
    found.pieces[piece.file] = piece


def _safe(name: str) -> str:
    """A name that is one folder's, whatever it was made of."""
    return re.sub(r"[^\w.@-]+", "-", clean(name)).strip(".-") or "sin-nombre"


# Where it goes


def _store(settings: Settings, unit: str, found: Collected) -> None:
    """Write a student's files beside their place, then move them there at once."""
    target = settings.submitted_folder(found.student, unit)
    target.parent.mkdir(parents=True, exist_ok=True)
    found.notes += ["late"] * any(piece.is_late for piece in found.pieces.values())
    if not found.is_known:
        found.notes.append("not in the roster")
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=target.parent) as staged:
        fresh = Path(staged) / unit
        fresh.mkdir()
        _write(settings, found, fresh)
        stamp = fresh / TIMESTAMP_FILE
        stamp.write_text(f"{found.time:%Y-%m-%d %H:%M:%S} UTC\n")
        if target.exists():
            if _content(target) == _content(fresh):
                found.notes.append("unchanged")
                return
            before = read_timestamp(target)
            if before and before > read_timestamp(fresh):
                found.notes.append(f"older than what is there ({before}): left out")
                return
            found.notes.append("replaces what was there")
            _keep(settings, unit, target, found.student)
        fresh.rename(target)


def _write(settings: Settings, found: Collected, folder: Path) -> None:
    room = settings.limits.files_mib * 2**20
    for file, piece in sorted(found.pieces.items()):
        shown = clean(str(file))
        parts = [part for part in file.parts if part not in ("/", "..", ".")]
        limit = min(settings.limits.notebook_mib * 2**20, room)
        try:
            data = piece.entry.read(limit + 1)
        except UNREADABLE as error:
            found.notes.append(f"{shown}: {error}")
            continue
        if len(data) > limit:
            found.notes.append(f"{shown}: too large")
            continue
        room -= len(data)
        path = folder.joinpath(*map(clean, parts))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:  # a name that is too long, a file where a folder is
            found.notes.append(f"{shown}: {error.strerror}")


def _keep(settings: Settings, unit: str, target: Path, student: str) -> None:
    shelf = settings.root / REPLACED / unit / student
    shelf.mkdir(parents=True, exist_ok=True)
    number = 1 + max(
        (int(p.name) for p in shelf.iterdir() if p.name.isdigit()), default=0
    )
    shutil.move(target, shelf / str(number))


def _content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
