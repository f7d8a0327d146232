"""Who is in the class: one CSV file, and the names under which others know a student.

Learning platforms write names, not the ids of folders and gradebook, and each writes
them in its own way: without accents, without spaces, the last name first.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SettingsError
from autograder.records import without_accents

ROSTER_FILE = "roster.csv"
COLUMNS = ("id", "name", "email", "group", "canvas")


@dataclass(frozen=True)
class Person:
    """A student of the roster; `canvas` is the number that Canvas gives to a user."""

    id: str
    name: str = ""
    email: str = ""
    group: str = ""
    canvas: str = ""


class Roster:
    """The class, looked up by any of a student's names."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self.people = tuple(people)
        self.by_id = {person.id: person for person in self.people}

    def find(self, name: str, canvas: str = "") -> Person | None:
        """The only person whom a name can mean; None for nobody, or for several."""
        words = plain_words(name)
        tests: list[Callable[[Person], bool]] = [
            lambda p: bool(canvas) and p.canvas == canvas,
            lambda p: name.casefold() in (p.id.casefold(), p.email.casefold()),
            lambda p: sorted(plain_words(p.name)) == sorted(words),
            lambda p: "".join(words) in _rotations(plain_words(p.name)),
        ]
        for is_meant in tests:
            found = [person for person in self.people if is_meant(person)]
            if found:
                return found[0] if len(found) == 1 else None
        return None


def read_roster(path: Path) -> Roster:
    """Read a roster: CSV with a column `id` and any of name, email, group, canvas.

    Raises
    ------
    SettingsError
        If the file cannot be read, has no column `id`, or a wrong id.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    people: dict[str, Person] = {}
    for row in csv.DictReader(io.StringIO(text), delimiter=separator):
        cells = {str(k).strip().lower(): str(v or "").strip() for k, v in row.items()}
        if "id" not in cells:
            raise SettingsError(f"{path}: there is no column `id`")
        person = Person(**{column: cells.get(column, "") for column in COLUMNS})
        if person.id.startswith(".") or "/" in person.id:
            raise SettingsError(f"{path}: {person.id!r} cannot name a folder")
        if person.id in people:
            raise SettingsError(f"{path}: the id {person.id!r} twice")
        if person.id:
            people[person.id] = person
    return Roster(people.values())


def plain_words(text: str) -> list[str]:
    """The words of a name without accents and case: ``García`` -> ``garcia``."""
    return re.findall(r"\w+", without_accents(text).replace("_", " "))


def _rotations(words: list[str]) -> set[str]:
    """A name in one word, whichever of its words comes first."""
    return {"".join(words[k:] + words[:k]) for k in range(len(words))}
