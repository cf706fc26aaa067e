"""Hold the demo's material together: its edits fit its files, its patches are what they claim."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect.demo.bodies import Body, EventFrame
from connect.demo.calls import call_of, patch
from connect.demo.material import PROJECTS, DemoProject
from connect.demo.material.parts import FileEdit, FileRead, ToolAction

FRAME = EventFrame("session", "/home/dev/code/x", "default", "high", "claude-opus-5-5")


def actions(project: DemoProject) -> list[list[ToolAction]]:
    jobs = [[action for batch in job.batches for action in batch] for job in project.jobs]
    return [
        *jobs,
        [action for _, action in project.plan.todos],
        *[list(task.actions) for task in project.delegation.tasks],
    ]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_every_edit_and_read_of_a_job_fits_the_files_as_they_are_then(project: DemoProject) -> None:
    """An edit whose text is not in the file would show an empty patch."""
    for job in actions(project):
        files = dict(project.files)
        for action in job:
            if isinstance(action, FileEdit):
                assert files[action.path].count(action.old) == 1, (project.name, action)
            if isinstance(action, FileEdit | FileRead):
                assert action.path in files
            call_of(action, FRAME, files, Random(0))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_every_subagents_report_has_an_answer(project: DemoProject) -> None:
    """Each one that reports is answered."""
    assert len(project.delegation.answers) == len(project.delegation.tasks)


LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  d"]), max_size=30)


@given(LINES, LINES)
def test_a_patch_applied_to_the_old_text_gives_the_new(old: list[str], new: list[str]) -> None:
    """The dashboard draws edits from these patches alone."""
    assert (
        applied(patch("\n".join(old), "\n".join(new)), "\n".join(old).splitlines())
        == "\n".join(new).splitlines()
    )


def applied(hunks: list[Body], old: list[str]) -> list[str]:
    result, at = [], 0
    for hunk in hunks:
        start = hunk["oldStart"] - 1
        result += old[at:start]
        assert len(result) == hunk["newStart"] - 1
        kept = [line[1:] for line in hunk["lines"] if line[0] in " -"]
        assert kept == old[start : start + hunk["oldLines"]]
        added = [line[1:] for line in hunk["lines"] if line[0] in " +"]
        assert len(added) == hunk["newLines"]
        result, at = result + added, start + hunk["oldLines"]
    return result + old[at:]
