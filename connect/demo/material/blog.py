"""Describe blog: a small static site."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import (
    AgentTask,
    BackgroundPrompt,
    DelegationPrompt,
    DemoProject,
    FileEdit,
    FileRead,
    FileWrite,
    GlobSearch,
    GrepSearch,
    PlanPrompt,
    Question,
    QuestionPrompt,
    ShellCommand,
    TodoEntry,
    WorkPrompt,
)

BASE_HTML = """<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    <title>{{ title }}</title>
  </head>
  <body>{{ content }}</body>
</html>
"""

BUILD_PY = '''"""Build the blog."""

from pathlib import Path


def posts() -> list[Path]:
    return list(Path("posts").glob("*.md"))


def build() -> None:
    for post in posts():
        render(post)
'''

POST = """---
title: Why we moved to SQLite
date: 2026-03-02
---

We had one server, one database and a pager. Now we have one server.
"""

PROJECT = DemoProject(
    name="blog",
    files={"templates/base.html": BASE_HTML, "build.py": BUILD_PY, "posts/sqlite.md": POST},
    jobs=(
        WorkPrompt(
            prompt="The posts come out in a different order on my machine and on the server. Sort them by date, newest first.",
            batches=(
                (
                    FileRead("build.py"),
                    GlobSearch(
                        "posts/*.md", ("posts/hello.md", "posts/sqlite.md", "posts/tools.md")
                    ),
                ),
                (
                    FileEdit(
                        "build.py",
                        '    return list(Path("posts").glob("*.md"))\n',
                        '    return sorted(Path("posts").glob("*.md"), key=date_of, reverse=True)\n',
                    ),
                ),
                (
                    ShellCommand(
                        "python3 build.py",
                        "Build the blog",
                        'Traceback (most recent call last):\n  File "build.py", line 7, in posts\n'
                        "NameError: name 'date_of' is not defined",
                        180,
                        1,
                    ),
                ),
                (
                    FileEdit(
                        "build.py",
                        "def posts() -> list[Path]:\n",
                        'def date_of(post: Path) -> str:\n    return post.read_text().split("date: ")[1][:10]\n\n\ndef posts() -> list[Path]:\n',
                    ),
                ),
                (
                    ShellCommand(
                        "python3 build.py && ls -1 public",
                        "Build again",
                        "hello.html\nindex.html\nsqlite.html\ntools.html",
                        240,
                    ),
                ),
            ),
            answer="Posts are sorted by the date in their head, newest first, the same on every machine.",
        ),
        WorkPrompt(
            prompt="Make the pages readable on a phone.",
            batches=(
                (FileRead("templates/base.html"), GrepSearch("viewport", "")),
                (
                    FileEdit(
                        "templates/base.html",
                        '    <meta charset="utf-8">\n',
                        '    <meta charset="utf-8">\n    <meta name="viewport" content="width=device-width, initial-scale=1">\n',
                    ),
                ),
                (
                    FileWrite(
                        "static/phone.css",
                        "body { max-width: 38rem; margin: 0 auto; padding: 1rem; line-height: 1.5; }\n",
                    ),
                ),
                (ShellCommand("python3 build.py", "Build the blog", "4 pages", 210),),
            ),
            answer="The template says how wide the screen is, and a small style sheet keeps lines short.",
        ),
        WorkPrompt(
            prompt="Proofread the post about SQLite.",
            batches=(
                (FileRead("posts/sqlite.md"),),
                (ShellCommand("aspell list < posts/sqlite.md", "Check the spelling", "", 110),),
            ),
            answer="No mistakes. “One server, one database and a pager” is a fine start; I would keep it.",
        ),
    ),
    delegation=DelegationPrompt(
        prompt="Ask an agent which old posts nobody links to any more.",
        tasks=(
            AgentTask(
                "Explore",
                "Find posts nobody links to",
                "Find posts in posts/ that no other page links to. Report their names and dates.",
                (
                    GlobSearch(
                        "posts/*.md", ("posts/hello.md", "posts/sqlite.md", "posts/tools.md")
                    ),
                    GrepSearch("\\]\\(/", "posts/tools.md:9:see [why](/sqlite)"),
                    FileRead("posts/sqlite.md", limit=4),
                ),
                "hello.md and tools.md are linked from nowhere.",
            ),
        ),
        launched="An agent is looking through the posts.",
        answers=("`hello` and `tools` are linked from nowhere; `sqlite` is linked once.",),
    ),
    question=QuestionPrompt(
        prompt="Add a way for readers to follow the blog.",
        questions=(
            Question(
                question="A feed, a newsletter, or both?",
                header="Following",
                options=(
                    ("Feed", "An Atom file, nothing to run"),
                    ("Newsletter", "Needs a mail service"),
                ),
            ),
        ),
        answer="There is an Atom feed at /feed.xml, and every page names it.",
    ),
    plan=PlanPrompt(
        prompt="Write a short post about our new feed and publish it.",
        todos=(
            (
                TodoEntry("Write the post", "Ten lines, in plain words", "Writing the post"),
                FileWrite(
                    "posts/feed.md",
                    "---\ntitle: Follow along\ndate: 2026-04-11\n---\n\nThere is a feed now: /feed.xml.\n",
                ),
            ),
            (
                TodoEntry("Build", "And look at the page", "Building"),
                ShellCommand("python3 build.py", "Build the blog", "5 pages", 220),
            ),
        ),
        answer="The post is written and built.",
    ),
    background=BackgroundPrompt(
        prompt="Convert the photos to AVIF, in the background please.",
        run=ShellCommand(
            'for f in photos/*.jpg; do avifenc -q 60 "$f" "${f%.jpg}.avif"; done',
            "Convert the photos",
            "",
            10000,
        ),
        launched="The conversion is running.",
        finished="48 photos converted: 31 MB instead of 112 MB.",
    ),
)
