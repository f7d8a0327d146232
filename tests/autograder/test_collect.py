"""Archives of learning platforms, friendly and hostile, end in `submitted/`."""

import io
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from autograder.collect import Collected, collect, platform_prefixes
from autograder.errors import InstructorError, SettingsError, UnknownUnitError
from autograder.feedback import zip_feedback
from autograder.intake import list_students
from autograder.roster import Person, Roster, read_roster
from autograder.settings import Settings, load_settings
from tests.factories import make_course

ROSTER = Roster(
    [
        Person("ana", "Ana García López", "ana@example.org"),
        Person("luis", "Luis Ñúñez", "luis@example.org", canvas="77"),
        Person("eva", "Eva de la Cruz"),
        Person("ursula", "Ursula Ávila"),
    ]
)
DAY = (2026, 3, 1, 12, 0, 0)
LATER = (2026, 3, 2, 12, 0, 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(make_course(tmp_path))


def archive(tmp_path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """A zip file; a name alone gets the same day."""
    path = tmp_path / "entregas.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else at(name, DAY)
            file.writestr(info, data)
    return path


def at(name: str, time: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def files(settings: Settings, student: str) -> dict[str, bytes]:
    folder = settings.submitted_folder(student, "u1")
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != "timestamp.txt"
    }


def by_student(done: tuple[list[Collected], list[str]]) -> dict[str, Collected]:
    return {found.student: found for found in done[0]}


def test_moodle_names_with_accents_spaces_and_folders_find_their_students(
    tmp_path: Path, settings: Settings
) -> None:
    path = archive(
        tmp_path,
        ("Ana García López_301_assignsubmission_file_/nb.ipynb", b"1"),
        ("Ana García López_301_assignsubmission_file_/datos/x.csv", b"2"),
        ("Luis Núñez_302_assignsubmission_file_nb.ipynb", b"3"),
        ("Eva de la Cruz_303_assignsubmission_file/nb.ipynb", b"4"),
        ("Eva de la Cruz_303_assignsubmission_onlinetext_/onlinetext.html", b"hola"),
    )

    done, problems = collect(settings, path, "u1", "moodle", ROSTER)

    assert [(c.student, c.is_known) for c in done] == [
        ("ana", True), ("eva", True), ("luis", True),
    ]  # fmt: skip
    assert problems == []
    assert files(settings, "ana") == {"nb.ipynb": b"1", "datos/x.csv": b"2"}
    assert files(settings, "luis") == {"nb.ipynb": b"3"}
    assert files(settings, "eva") == {"nb.ipynb": b"4"}
    assert list_students(settings, "u1") == ("ana", "eva", "luis")


def test_canvas_attempts_late_marks_and_numbers_of_users(
    tmp_path: Path, settings: Settings
) -> None:
    path = archive(
        tmp_path,
        ("garcialopezana_41_900_nb.ipynb", b"first"),
        ("garcialopezana_41_950_nb-1.ipynb", b"second"),
        ("alguien_LATE_77_901_nb.ipynb", b"luis"),
        ("garcialopezana_41_951_datos-1.csv", b"x"),
    )

    found = by_student(collect(settings, path, "u1", "canvas", ROSTER))

    assert files(settings, "ana") == {"nb.ipynb": b"second", "datos-1.csv": b"x"}
    assert files(settings, "luis") == {"nb.ipynb": b"luis"}
    assert found["luis"].notes == ["late"]
    assert found["ana"].notes == ["several attempts of nb.ipynb"]


def test_moodle_writes_a_group_and_a_dash_before_the_name(
    tmp_path: Path, settings: Settings
) -> None:
    path = archive(
        tmp_path,
        ("Grupo 1-B-Ana García López_301_assignsubmission_file_/nb.ipynb", b"1"),
        ("Sin grupo-Zoe_302_assignsubmission_file_/nb.ipynb", b"2"),
    )

    found = by_student(collect(settings, path, "u1", "moodle", ROSTER))

    assert found["ana"].is_known
    assert not found["sin-grupo-zoe"].is_known


def test_folder_is_named_after_nobody_but_its_student(
    tmp_path: Path, settings: Settings
) -> None:
    path = archive(tmp_path, ("grupo-ana/nb.ipynb", b"1"))

    [found], _ = collect(settings, path, "u1", "folder", ROSTER)

    assert (found.student, found.is_known) == ("grupo-ana", False)


@pytest.mark.parametrize(
    ("platform", "names", "students"),
    [
        ("moodle", ["Participante_301_assignsubmission_file_/nb.ipynb",
                    "Participante_302_assignsubmission_file_/nb.ipynb"],
         ["participante-301", "participante-302"]),
        ("canvas", ["anon_x7Pq2_900_nb.ipynb", "LATE_anon_Zz1_901_nb.ipynb"],
         ["anon-x7pq2", "anon-zz1"]),
        ("canvas", ["ruizeva_51_900_nb.ipynb", "ruizeva_52_901_nb.ipynb",
                    "ruizeva_52_950_nb-1.ipynb"],
         ["ruizeva-51", "ruizeva-52"]),
        ("canvas", ["o_neilana_61_900_nb.ipynb"], ["o-neilana"]),
    ],
)  # fmt: skip
def test_hidden_names_and_namesakes_are_not_one_student(
    tmp_path: Path,
    settings: Settings,
    platform: str,
    names: list[str],
    students: list[str],
) -> None:
    path = archive(tmp_path, *((name, name.encode()) for name in names))

    done, problems = collect(settings, path, "u1", platform, ROSTER)

    assert [c.student for c in done] == students
    assert problems == []
    assert files(settings, students[-1]) == {"nb.ipynb": names[-1].encode()}
    assert [c.student for c in done if "late" in c.notes] == [
        student for student in students if "zz1" in student
    ]


def test_canvas_texts_and_links_are_no_files(
    tmp_path: Path, settings: Settings
) -> None:
    path = archive(tmp_path, ("ruizeva_51_text.html", b""), ("x_LATE_1_link.html", b""))

    done, problems = collect(settings, path, "u1", "canvas", ROSTER)

    assert done == []
    assert all(problem.endswith("no file but a text or a link") for problem in problems)


@pytest.mark.parametrize(
    ("platform", "name", "back"),
    [
        ("moodle", "Ana García López_301_assignsubmission_file_/nb.ipynb",
         "Ana García López_301_assignsubmission_file_/u1.html"),
        ("canvas", "garcialopezana_LATE_41_900_nb-1.ipynb",
         "garcialopezana_LATE_41_900_u1.html"),
        ("folder", "ana/nb.ipynb", "ana/u1.html"),
    ],
)  # fmt: skip
def test_feedback_goes_back_under_the_names_that_the_platform_gave(
    tmp_path: Path, settings: Settings, platform: str, name: str, back: str
) -> None:
    collect(settings, archive(tmp_path, (name, b"1")), "u1", platform, ROSTER)
    page = tmp_path / "feedback.html"
    page.write_text("Ana")
    target = tmp_path / "back.zip"

    prefixes = platform_prefixes(settings, "u1")
    zip_feedback({"ana": page, "other": page}, prefixes, "u1", target)

    assert zipfile.ZipFile(target).namelist() == [back, "other/u1.html"]


@pytest.mark.parametrize("top", ["", "entregas/"])
def test_plain_folders_and_files_of_unknown_students_are_kept_and_reported(
    tmp_path: Path, settings: Settings, top: str
) -> None:
    path = archive(
        tmp_path,
        (f"{top}ana/nb.ipynb", b"1"),
        (f"{top}Pía Gómez/nb.ipynb", b"2"),
        (f"{top}__MACOSX/ana/nb.ipynb", b"junk"),
    )

    found = by_student(collect(settings, path, "u1", "folder", ROSTER))

    assert found.keys() == {"ana", "pia-gomez"}
    assert found["pia-gomez"].notes == ["not in the roster"]
    assert files(settings, "pia-gomez") == {"nb.ipynb": b"2"}


def test_unpacked_folder_is_read_like_the_archive(
    tmp_path: Path, settings: Settings
) -> None:
    folder = tmp_path / "unpacked"
    (folder / "ana").mkdir(parents=True)
    (folder / "ana" / "nb.ipynb").write_bytes(b"1")
    (folder / "eva.ipynb").write_bytes(b"2")
    (folder / "ana" / "link").symlink_to("/etc/passwd")

    done, problems = collect(settings, folder, "u1", "folder", ROSTER)

    assert [c.student for c in done] == ["ana", "eva"]
    assert files(settings, "ana") == {"nb.ipynb": b"1"}
    assert problems == ["ana/link: no plain file"]


def test_newer_attempt_replaces_an_older_one_which_is_kept(
    tmp_path: Path, settings: Settings
) -> None:
    def hand_in(data: bytes, time: tuple[int, int, int, int, int, int]) -> list[str]:
        path = archive(tmp_path, (at("ana/nb.ipynb", time), data))
        [found] = collect(settings, path, "u1", "folder", ROSTER)[0]
        return found.notes

    assert hand_in(b"old", DAY) == []
    assert hand_in(b"old", DAY) == ["unchanged"]
    assert hand_in(b"new", LATER) == ["replaces what was there"]
    [note] = hand_in(b"old", DAY)
    assert note.startswith("older than what is there")

    assert files(settings, "ana") == {"nb.ipynb": b"new"}
    kept = tmp_path / "replaced" / "u1" / "ana" / "1"
    assert (kept / "nb.ipynb").read_bytes() == b"old"


def test_hostile_entries_are_refused_and_the_rest_goes_on(
    tmp_path: Path, settings: Settings
) -> None:
    link = at("ana/link.ipynb", DAY)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(
        tmp_path,
        ("ana/../../escaped.ipynb", b"x"),
        ("/etc/absolute.ipynb", b"x"),
        ("C:\\evil.ipynb", b"x"),
        ("..\\up.ipynb", b"x"),
        (link, b"/etc/passwd"),
        ("ana/nb.ipynb", b"good"),
        ("eva/nb.ipynb", b"a" * (21 * 2**20)),
        ("luis/" + "n" * 300 + ".ipynb", b"x"),
        ("luis/nb.ipynb", b"fine"),
    )

    done, problems = collect(settings, path, "u1", "folder", ROSTER)

    assert files(settings, "ana") == {"nb.ipynb": b"good"}
    assert files(settings, "eva") == {}
    assert files(settings, "luis") == {"nb.ipynb": b"fine"}
    assert len(problems) == 5
    notes = {c.student: " ".join(c.notes) for c in done}
    assert "nb.ipynb: too large" in notes["eva"]
    assert "too long" in notes["luis"]
    assert not list(tmp_path.rglob("escaped*"))


def test_bomb_is_read_no_further_than_its_limit(
    tmp_path: Path, settings: Settings
) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("ana/nb.ipynb", bytes(200 * 2**20))
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb.getvalue())
    tracemalloc.start()

    [found] = collect(settings, path, "u1", "folder", ROSTER)[0]

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.notes == ["nb.ipynb: too large"]
    assert peak < 100 * 2**20


@pytest.mark.parametrize("encoding", ["cp850", "utf-8"])
def test_names_in_encodings_that_the_archive_does_not_tell_are_read(
    tmp_path: Path, settings: Settings, encoding: str
) -> None:
    raw = "Úrsula Ávila".encode(encoding)
    placeholder = b"x" * len(raw)
    path = archive(tmp_path, (f"{placeholder.decode()}/nb.ipynb", b"1"))
    path.write_bytes(path.read_bytes().replace(placeholder, raw))

    [found] = collect(settings, path, "u1", "folder", ROSTER)[0]

    assert found.student == "ursula"


def test_what_is_no_archive_or_no_unit_is_the_instructors_mistake(
    tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"no zip")

    with pytest.raises(InstructorError, match=r"a\.zip"):
        collect(settings, path, "u1", "folder", ROSTER)
    with pytest.raises(UnknownUnitError):
        collect(settings, path, "u9", "folder", ROSTER)


def test_two_people_of_one_name_are_nobody() -> None:
    roster = Roster([Person("a1", "Ana Ruiz"), Person("a2", "Ana Ruiz")])

    assert roster.find("Ana Ruiz") is None
    assert roster.find("a2") == roster.people[1]


def test_roster_is_read_with_either_separator_and_refused_with_wrong_ids(
    tmp_path: Path,
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffID;Name;Email\nana;García, Ana;a@x.org\n\n", "utf-8")

    [person] = read_roster(path).people
    assert person == Person("ana", "García, Ana", "a@x.org")
    for text, message in (
        ("name\nAna\n", "no column"),
        ("id\na\na\n", "twice"),
        ("id\n../a\n", "folder"),
    ):
        path.write_text(text)
        with pytest.raises(SettingsError, match=message):
            read_roster(path)
