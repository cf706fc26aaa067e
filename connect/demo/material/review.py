"""Describe a review that fits any project, with subagents three deep."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import AgentTask, DelegationPrompt, GrepSearch, ShellCommand

CALLERS = AgentTask(
    "Explore",
    "Find callers without a test",
    "List the callers of every function that this branch changes, and mark those that no test reaches.",
    (
        GrepSearch("def (test_|check_)", "tests/test_api.py:14:def test_an_answer_has_a_body():"),
        ShellCommand(
            "git grep -n --count 'import' -- tests", "Count the imports", "tests/test_api.py:6", 160
        ),
    ),
    "Two callers are reached by no test.",
)
COVERAGE = AgentTask(
    "general-purpose",
    "Check the tests of the branch",
    "Say which changes of this branch no test covers. Ask an agent for the callers.",
    (
        ShellCommand(
            "git diff --stat main...HEAD",
            "Show what changed",
            " 7 files changed, 214 insertions(+), 63 deletions(-)",
            120,
        ),
    ),
    "The error path is not covered: two callers are reached by no test.",
    subtasks=(CALLERS,),
)
NESTED = DelegationPrompt(
    prompt="Have the whole branch reviewed before I open the pull request. Split it up as you like.",
    tasks=(
        AgentTask(
            "general-purpose",
            "Review the branch",
            "Review the branch: correctness first, then tests. Delegate what can be looked at alone.",
            (
                ShellCommand(
                    "git log --oneline main..HEAD",
                    "List the commits",
                    "4f1c2aa Retry failed calls\n91be07d Name the timeout",
                    90,
                ),
                GrepSearch("TODO|FIXME", ""),
            ),
            "Ready, but for one gap: the error path has no test.",
            subtasks=(COVERAGE,),
        ),
    ),
    launched="A review is running; it delegates the tests.",
    answers=(
        "The branch is fine, but for one gap: no test takes the error path. Shall I write it?",
    ),
)
