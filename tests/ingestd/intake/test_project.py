"""Test which project an event belongs to."""

import msgspec
import pytest

from ingestd.intake.project import is_guess, project_of

PROJECTS = "/home/dev/.claude/projects"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        (b'{"project_dir":"/home/dev/shop-api"}', "shop-api"),
        (b'{"project_dir":"/home/dev/shop-api/"}', "shop-api"),
        (b'{"project_dir":"C:\\\\Users\\\\dev\\\\shop api\\\\"}', "shop api"),
        (b'{"project_dir":"/home/dev/shop/.claude/worktrees/fix-1"}', "shop"),
        (b'{"project_dir":"C:\\\\dev\\\\shop\\\\.claude\\\\worktrees\\\\fix"}', "shop"),
        (b'{"project_dir":""}', "cwd"),
        (b'{"project_dir":7}', "cwd"),
        (b'{"pid":7}', "cwd"),
        (b'{"a":"\\ud83d"}', "cwd"),
    ],
)
def test_the_sender_knows_best(sender: bytes, name: str) -> None:
    """The forwarder reports the project's folder; other sources are guessed from paths."""
    assert project_of(msgspec.Raw(sender), None, "/home/dev/cwd") == name


@pytest.mark.parametrize(
    ("folder", "cwd", "name"),
    [
        ("-home-dev-shop", "/home/dev/shop", "shop"),
        ("-home-dev-shop-api", "/home/dev/shop-api", "shop-api"),
        ("-home-dev-my-site-io", "/home/dev/my.site_io", "my.site_io"),
        ("-home-dev-shop-api", "/home/dev/shop-api/src/deep", "shop-api"),
        ("-home-dev-shop-api", "/home/dev/other", "other"),
        ("-home-dev-shop-api", "/tmp", "tmp"),
        ("-home-dev-shop-api", "", "home-dev-shop-api"),
        ("-home-dev-shop", "/home/dev/shop-api", "shop-api"),
        ("-home-dev-shop--claude-worktrees-fix-1", "/home/dev/shop", "shop"),
        (
            "-home-dev-shop--claude-worktrees-fix-1",
            "/home/dev/shop/.claude/worktrees/fix-1",
            "shop",
        ),
        ("C--Users-dev-shop-api", "C:\\Users\\dev\\shop-api", "shop-api"),
        ("C--Users-dev-shop-api", "C:\\Users\\dev\\shop-api\\src", "shop-api"),
        ("C--Users-dev-shop-api", "C:\\Users\\dev", "dev"),
        ("-", "/", None),
    ],
)
def test_the_transcripts_folder_finds_the_project_in_cwd(
    folder: str, cwd: str, name: str | None
) -> None:
    """Cwd follows every `cd`; the folder stays, but has a dash for each character but letters.

    A folder's name is none that a user knows: a project was called `home-dev-a-proj`.
    """
    assert project_of(None, f"{PROJECTS}/{folder}/5f0c.jsonl", cwd) == name


def test_a_cwd_outside_of_the_project_is_a_guess() -> None:
    """The session's project is right then, where an earlier event named it."""
    path = f"{PROJECTS}/-home-dev-shop/5f0c.jsonl"
    assert is_guess(None, path, "/tmp")
    assert not is_guess(None, path, "/home/dev/shop/src")
    assert not is_guess(None, path, "")
    assert not is_guess(None, None, "/tmp")
    assert not is_guess(msgspec.Raw(b'{"project_dir":"/home/dev/shop"}'), path, "/tmp")


def test_a_windows_transcript_names_the_project_too() -> None:
    """Half of the people are there."""
    path = "C:\\Users\\dev\\.claude\\projects\\C--Users-dev-shop\\5f0c.jsonl"
    assert project_of(None, path, "C:\\Users\\dev\\shop\\web") == "shop"


@pytest.mark.parametrize("transcript", [None, "", 7, "/elsewhere/5f0c.jsonl", "projects/x.jsonl"])
@pytest.mark.parametrize(
    ("cwd", "name"),
    [
        ("/home/dev/shop", "shop"),
        ("/home/dev/shop/", "shop"),
        ("D:\\shop", "shop"),
        ("/home/dev/shop/.claude/worktrees/fix-1/src", "shop"),
        ("", None),
        (None, None),
        ({"not": "a path"}, None),
        ("/", None),
    ],
)
def test_without_a_transcript_the_working_directory_has_to_do(
    transcript: object, cwd: object, name: str | None
) -> None:
    """And where there is none either, nothing is made up."""
    assert project_of(None, transcript, cwd) == name
