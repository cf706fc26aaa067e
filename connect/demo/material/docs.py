"""Describe docs: a documentation site in Markdown."""
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
    McpCall,
    PlanPrompt,
    Question,
    QuestionPrompt,
    ShellCommand,
    TodoEntry,
    WorkPrompt,
)

INSTALL = """# Install

You need Python 3.9 or newer.

```sh
pip install shop-client
```

Then see the [first steps](first-steps.md).
"""

FIRST_STEPS = """# First steps

Create a client and list your orders:

```python
from shop_client import Client

client = Client(token="...")
print(client.orders())
```

See also [errors](erors.md).
"""

ERRORS = """# Errors

| code | meaning |
|---|---|
| 401 | the token is missing or wrong |
| 404 | there is no such order |
| 429 | too many requests: wait for `Retry-After` seconds |
"""

PROJECT = DemoProject(
    name="docs",
    files={
        "content/install.md": INSTALL,
        "content/first-steps.md": FIRST_STEPS,
        "content/errors.md": ERRORS,
    },
    jobs=(
        WorkPrompt(
            prompt="Check the site for dead links and fix what you find.",
            batches=(
                (
                    ShellCommand(
                        "npx markdown-link-check -q content/*.md",
                        "Check all links",
                        "FILE: content/first-steps.md\n  [x] erors.md -> Status: 400\n\nERROR: 1 dead link found!",
                        4800,
                        1,
                    ),
                ),
                (
                    FileRead("content/first-steps.md"),
                    GlobSearch(
                        "content/*.md",
                        ("content/errors.md", "content/first-steps.md", "content/install.md"),
                    ),
                ),
                (
                    FileEdit(
                        "content/first-steps.md",
                        "See also [errors](erors.md).\n",
                        "See also [errors](errors.md).\n",
                    ),
                ),
                (
                    ShellCommand(
                        "npx markdown-link-check -q content/*.md", "Check the links again", "", 4300
                    ),
                ),
            ),
            answer="One dead link, a typo in first-steps.md (`erors.md`). Fixed; the check is clean.",
        ),
        WorkPrompt(
            prompt="We dropped Python 3.9 and 3.10. Bring the docs up to date.",
            batches=(
                (
                    GrepSearch("3\\.(9|10)", "content/install.md:3:You need Python 3.9 or newer."),
                    FileRead("content/install.md"),
                ),
                (
                    FileEdit(
                        "content/install.md",
                        "You need Python 3.9 or newer.\n",
                        "You need Python 3.11 or newer.\n",
                    ),
                ),
                (
                    ShellCommand(
                        "git diff --stat",
                        "Show what changed",
                        " content/install.md | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)",
                        40,
                    ),
                ),
            ),
            answer="Only install.md named a version; it says 3.11 now.",
        ),
        WorkPrompt(
            prompt="Explain the 503 our API sends during maintenance, in the errors page. Keep the café tone ☕",
            batches=(
                (FileRead("content/errors.md"),),
                (
                    FileEdit(
                        "content/errors.md",
                        "| 429 | too many requests: wait for `Retry-After` seconds |\n",
                        "| 429 | too many requests: wait for `Retry-After` seconds |\n"
                        "| 503 | we are cleaning the kitchen ☕: try again in a few minutes |\n",
                    ),
                ),
                (ShellCommand("npm run build", "Build the site", "12 pages built in 1.9 s", 3400),),
            ),
            answer="The errors page has a row for 503 now, in the tone of the others. The site builds.",
        ),
        WorkPrompt(
            prompt="What did the last three feedback messages about the docs say?",
            batches=(
                (
                    McpCall(
                        "feedback",
                        "latest",
                        {"topic": "docs", "limit": 3},
                        '{"messages":["The token example is unclear","Love the errors page","Please add a changelog"]}',
                    ),
                ),
            ),
            answer="One praises the errors page; one finds the token example unclear; one asks for a changelog.",
        ),
    ),
    delegation=DelegationPrompt(
        prompt="Let two agents read the docs as beginners would: one installs, one takes the first steps.",
        tasks=(
            AgentTask(
                "general-purpose",
                "Install as a beginner",
                "Follow content/install.md word for word in a fresh environment. Report every stumble.",
                (
                    FileRead("content/install.md"),
                    ShellCommand(
                        "python3 -m venv /tmp/fresh && /tmp/fresh/bin/pip install -q shop-client",
                        "Install it freshly",
                        "",
                        6400,
                    ),
                ),
                "The install page works as it stands.",
            ),
            AgentTask(
                "Explore",
                "Take the first steps",
                "Read content/first-steps.md as somebody who has never seen it. Report what is missing.",
                (
                    FileRead("content/first-steps.md"),
                    GrepSearch("token", 'content/first-steps.md:8:client = Client(token="...")'),
                    FileRead("content/errors.md", limit=5),
                ),
                "Nobody says where the token comes from.",
            ),
        ),
        launched="Two agents are reading along.",
        answers=(
            "The first one is through.",
            "Installing works. What is missing is where to get a token; shall I add it?",
        ),
    ),
    question=QuestionPrompt(
        prompt="Translate the docs.",
        questions=(
            Question(
                question="Which language first?",
                header="Language",
                options=(
                    ("German", "Most of our readers"),
                    ("Spanish", "The fastest growing group"),
                ),
            ),
        ),
        answer="The three pages are there in German, under content/de/.",
    ),
    plan=PlanPrompt(
        prompt="Add a changelog page and link it everywhere it belongs.",
        todos=(
            (
                TodoEntry("Write the page", "From the last five releases", "Writing the page"),
                FileWrite(
                    "content/changelog.md",
                    "# Changelog\n\n## 2.4\n\n- `Client.orders()` takes `since`.\n\n## 2.3\n\n- Python 3.11 or newer.\n",
                ),
            ),
            (
                TodoEntry("Link it", "From the start page and the install page", "Linking it"),
                FileEdit(
                    "content/install.md",
                    "Then see the [first steps](first-steps.md).\n",
                    "Then see the [first steps](first-steps.md), or [what is new](changelog.md).\n",
                ),
            ),
            (
                TodoEntry("Build", "No warning may be left", "Building"),
                ShellCommand("npm run build", "Build the site", "13 pages built in 2.0 s", 3600),
            ),
        ),
        answer="The changelog is written, linked and built.",
    ),
    background=BackgroundPrompt(
        prompt="Start the preview server in the background for a moment.",
        run=ShellCommand("timeout 20 npm run preview -- --port 4173", "Preview the site", "", 8000),
        launched="The preview is up at http://localhost:4173.",
        finished="The preview has stopped.",
    ),
)
