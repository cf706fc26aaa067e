"""Describe prompts that fit any project: approvals, a plan, failures that come back."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import (
    ApprovalPrompt,
    FileWrite,
    GlobSearch,
    GrepSearch,
    McpCall,
    PageFetch,
    RecurringFailure,
    ShellCommand,
    WorkPrompt,
)

APPROVALS = WorkPrompt(
    prompt="Take over the fix from the ticket, check it against the docs, and note it in the changelog.",
    batches=(
        (
            ShellCommand(
                "git switch -c fix/from-ticket",
                "Create a branch",
                "Switched to a new branch 'fix/from-ticket'",
                90,
            ),
            PageFetch(
                "https://docs.example.com/changelog-format",
                "What does an entry look like?",
                "An entry has a date, a kind (added, changed, fixed) and one sentence.",
            ),
            McpCall(
                "tracker",
                "comment",
                {"ticket": "QA-92", "text": "A fix is on the branch fix/from-ticket."},
                'commented {"id": "QA-92", "comments": 3}',
            ),
            FileWrite("NOTES.md", "# Notes\n\n- Fixed what QA-92 reports.\n"),
        ),
    ),
    answer="The fix is on `fix/from-ticket`, the ticket knows, and the notes name it.",
)
PLAN_APPROVAL = ApprovalPrompt(
    prompt="Plan how to make retries safe before you change anything.",
    actions=(
        GlobSearch("**/*retry*", ()),
        GrepSearch("retry|attempt", "README.md:41:Calls are retried three times."),
    ),
    plan=(
        "# Make retries safe\n\n"
        "1. Give every call an idempotency key.\n"
        "2. Retry only timeouts and 5xx, at most three times, with jitter.\n"
        "3. Test a server that answers after the client has given up.\n"
    ),
)
RECURRING = (
    RecurringFailure(
        "Run the integration tests.",
        ShellCommand(
            "make integration",
            "Run the integration tests",
            "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect (node:net:1607:16)\n1 failed in {ms} ms",
            5_200,
            1,
        ),
        "The database on port 5432 is not running, so no integration test can pass. Start it with `docker compose up -d db`.",
    ),
    RecurringFailure(
        "Which of our staging customers still have the old plan?",
        McpCall(
            "postgres",
            "query",
            {"sql": "select id from customers where plan = 'old'"},
            "connection to staging-db timed out after {ms} ms (local port {port})",
            fails=True,
        ),
        "The staging database does not answer. Is the VPN up?",
    ),
    RecurringFailure(
        "Push the branch.",
        ShellCommand(
            "git push origin HEAD",
            "Push the branch",
            "ssh: connect to host git.example.com port 22: Connection timed out\nfatal: Could not read from remote repository.",
            5_000,
            128,
        ),
        "The Git server does not answer; the branch is not pushed.",
    ),
)
