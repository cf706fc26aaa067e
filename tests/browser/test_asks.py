"""See who asks what: whole, from the keyboard, and how it ended."""

import re
import time
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import status_line
from tests.browser.visit import visit
from tests.running import Hookwatch, wait_for

NOW_MS: Final = round(time.time() * 1000)
"""Events are so long before this, however long it takes to post them."""
SCRIPT: Final = "\n".join(["python3 - <<'PY'", *(f"print({line})" for line in range(40)), "PY"])
PLAN: Final = "# Move to OpenTofu\n\n1. **Freeze** the state\n2. Import the modules"
RULE: Final = {
    "type": "addRules",
    "rules": [{"toolName": "Bash", "ruleContent": "git push:*"}],
    "behavior": "allow",
    "destination": "localSettings",
}
QUESTIONS: Final = {
    "questions": [
        {
            "question": "Which layout?",
            "options": [{"label": "Sidebar", "description": "At the left"}, {"label": "Tabs"}],
        },
        {"question": "Which colour?", "options": [{"label": "Blue"}, {"label": "Teal"}]},
    ]
}
EDIT: Final = {
    "file_path": "/w/shop-api/src/cart.ts",
    "old_string": "return round(sum);",
    "new_string": "return roundHalfUp(sum);",
}
ISSUE: Final = {"title": "The cart rounds down", "body": "It should round half up."}


def post(daemons: Hookwatch, name: str, session: str, *, ago_s: float = 0, **fields: Any) -> None:
    """Post an event of a session, as of so long ago."""
    body = {"hook_event_name": name, "session_id": session, "cwd": "/w/shop-api", **fields}
    fired_at = NOW_MS - round(ago_s * 1000)
    assert daemons.ingestd.post(body, **{"X-Fired-At": str(fired_at)}).status == 200


def ask(
    daemons: Hookwatch,
    session: str,
    tool: str = "Bash",
    given: dict[str, Any] | None = None,
    *,
    ago_s: float = 0,
    **fields: Any,
) -> None:
    """Let a session ask for a call."""
    call = {
        "tool_name": tool,
        "tool_input": given or {"command": f"rm -r {session}", "description": f"Clean {session}"},
        **{key: value for key, value in fields.items() if key.startswith("agent")},
    }
    post(daemons, "UserPromptSubmit", session, prompt=f"Work of {session}", ago_s=ago_s + 1)
    post(daemons, "PreToolUse", session, tool_use_id=f"call of {session}", ago_s=ago_s, **call)
    post(daemons, "PermissionRequest", session, ago_s=ago_s, **{**call, **fields})


def settle(daemons: Hookwatch, session: str, outcome: str, *, after_s: float) -> None:
    """Let the call that was asked for run, or be denied."""
    event = {"allowed": "PostToolUse", "denied": "PermissionDenied"}[outcome]
    given = {"command": f"rm -r {session}", "description": f"Clean {session}"}
    call = {"tool_name": "Bash", "tool_input": given, "tool_use_id": f"call of {session}"}
    more = {"tool_response": {"stdout": ""}} if outcome == "allowed" else {"reason": "No"}
    post(daemons, event, session, ago_s=after_s, **call, **more)


def row(page: Page, session: str) -> Locator:
    return page.locator(f'[data-session="{session}"]')


def card(page: Page, session: str) -> Locator:
    return page.locator(f'[data-asks-of="{session}"] [data-ask]')


def needing(page: Page) -> list[str]:
    """Return the sessions of the group, from top to bottom."""
    found: list[str] = page.locator("[data-needs]").evaluate_all(
        "them => them.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
        ".map(it => it.dataset.needs)"
    )
    return found


def has_room(page: Page, session: str, next_line: Locator) -> bool:
    """Return whether a card ends before what follows it."""
    box = page.locator(f'[data-asks-of="{session}"]').bounding_box()
    after = next_line.bounding_box()
    return box is not None and after is not None and box["y"] + box["height"] <= after["y"] + 1


def ask_everything(daemons: Hookwatch) -> None:
    """Let one session ask for each kind of call, the longest waiting first."""
    mcp = "mcp__github__create_issue"
    rules = [RULE]
    who = {"agent_id": "w1", "agent_type": "writer"}
    ask(daemons, "plan", "ExitPlanMode", {"plan": PLAN}, ago_s=700)
    ask(daemons, "questions", "AskUserQuestion", QUESTIONS, ago_s=60)
    post(daemons, "SubagentStart", "edit", ago_s=51, **who)
    ask(daemons, "edit", "Edit", EDIT, ago_s=50, **who)
    ask(daemons, "issue", mcp, ISSUE, ago_s=40)
    script = {"command": SCRIPT, "description": "Delete all .bak files"}
    ask(daemons, "script", "Bash", script, ago_s=30, permission_suggestions=rules)


def test_every_kind_of_ask_is_shown_whole(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """What is cut must be looked up in a terminal, and then the page was for nothing."""
    page = shared_page
    ask_everything(shared_daemons)
    post(shared_daemons, "UserPromptSubmit", "other", prompt="Something else")
    page.set_viewport_size({"width": 1440, "height": 2400})
    visit(page, "/")
    expect(page.get_by_role("heading", name="Needs you · 5")).to_be_visible()
    assert needing(page) == ["plan", "questions", "edit", "issue", "script"]
    for _ in range(5):
        page.keyboard.press("j")
        page.keyboard.press("Space")

    plan = card(page, "plan")
    expect(plan.get_by_text("Move to OpenTofu", exact=True)).to_be_visible()
    expect(plan.locator("li strong")).to_have_text("Freeze")
    expect(plan.locator("[data-late=true]")).to_have_text(re.compile(r"\d\d:"))

    expect(card(page, "questions")).to_have_count(1)
    questions = card(page, "questions")
    expect(questions).to_contain_text("Which layout? (+1 question)")
    for text in ("Which colour?", "Sidebar", "At the left", "Tabs", "Blue", "Teal"):
        expect(questions.get_by_text(text, exact=True)).to_be_visible()
    expect(questions.locator("[data-late=false]")).to_be_visible()

    edit = card(page, "edit")
    expect(edit).to_contain_text("Edit src/cart.ts")
    expect(edit).to_contain_text("asked by writer")
    expect(edit.locator(".line-removed .code")).to_have_text(EDIT["old_string"])
    expect(edit.locator(".line-added .code")).to_have_text(EDIT["new_string"])
    expect(row(page, "edit")).to_contain_text("writer (subagent)")

    issue = card(page, "issue")
    expect(issue.locator("header")).to_contain_text(ISSUE["title"])
    expect(issue.locator("header")).to_contain_text("github › create_issue")
    expect(issue).to_contain_text(ISSUE["body"])

    whole = card(page, "script")
    expect(whole.locator("header")).to_contain_text("Delete all .bak files")
    expect(row(page, "script")).to_contain_text("python3 - <<'PY' ↵ print(0)")
    expect(whole).to_contain_text("allow Bash(git push:*)")
    assert whole.locator("pre").inner_text() == "\n".join(SCRIPT.split("\n")[:12])
    whole.get_by_role("button", name=re.compile("Show all 42 lines")).click()
    assert whole.locator("pre").inner_text() == SCRIPT
    wait_for(lambda: has_room(page, "script", row(page, "other")))
    wait_for(lambda: has_room(page, "plan", row(page, "questions")))
    expect(page).to_have_url(re.compile("ask="))
    assert accessibility_problems(page) == []
    for session in ("plan", "questions", "edit", "issue", "script"):
        post(shared_daemons, "SessionEnd", session, reason="other")
    expect(page.get_by_text("Needs you · 0")).to_be_visible()
    visit(page, "/")
    expect(page.get_by_text("Needs you")).to_have_count(0)


def test_five_are_listed_then_all_and_the_group_stays_collapsed(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Thirteen asks would push everything else off the screen."""
    page = shared_page
    names = [f"n{number}" for number in range(7)]
    for place, session in enumerate(names):
        ask(shared_daemons, session, ago_s=100 - place)
    visit(page, "/")
    expect(page.get_by_role("heading", name="Needs you · 7")).to_be_visible()
    wait_for(lambda: needing(page) == names[:5])
    expect(page.get_by_role("button", name="Show 2 more")).to_be_visible()
    for session in names[:5]:
        page.keyboard.press("j")
        expect(row(page, session)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    wait_for(lambda: needing(page) == names)
    for session in names:
        expect(row(page, session)).to_have_count(1)
    expect(page).to_have_url(re.compile("needs=all"))
    page.get_by_role("button", name="Show the first 5").click()
    wait_for(lambda: needing(page) == names[:5])
    head = page.get_by_role("button", name="Needs you · 7")
    head.click()
    wait_for(lambda: needing(page) == [])
    visit(page, "/events")
    visit(page, "/")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-needs]")).to_have_count(0)
    head.click()
    wait_for(lambda: needing(page) == names[:5])
    for session in names:
        post(shared_daemons, "SessionEnd", session, reason="other")


def test_an_answered_ask_keeps_place_and_focus_and_says_how_it_ended(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """It is answered in the terminal while the page shows it: what one reads must not vanish."""
    page = shared_page
    for place, session in enumerate(("first", "second", "third")):
        ask(shared_daemons, session, ago_s=30 - place)
    visit(page, "/")
    page.mouse.move(5, 5)
    wait_for(lambda: needing(page) == ["first", "second", "third"])
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    shown = card(page, "second")
    expect(shown.locator("pre")).to_have_text("rm -r second")
    expect(row(page, "second")).to_be_focused()
    before = row(page, "second").bounding_box()
    settle(shared_daemons, "second", "allowed", after_s=18)
    settle(shared_daemons, "first", "denied", after_s=28)
    expect(shown).to_contain_text("Allowed after 11.0 s")
    expect(shown).to_contain_text("Clean second")
    expect(shown.locator("pre")).to_have_text("rm -r second")
    expect(row(page, "second")).to_be_focused()
    expect(row(page, "second").locator("[data-outcome]")).to_have_text("allowed after 11.0 s")
    expect(row(page, "first").locator("[data-outcome]")).to_have_text("denied after 2.0 s")
    assert row(page, "second").bounding_box() == before
    assert needing(page) == ["first", "second", "third"]
    expect(page.get_by_role("heading", name="Needs you · 1")).to_be_visible()
    # Amber is for what is open.
    tones = page.locator("[data-ask], [data-outcome]").evaluate_all(
        "them => them.map(it => getComputedStyle(it).getPropertyValue('--tone'))"
    )
    amber = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--needs')")
    assert len(tones) == 3
    assert amber not in tones
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(row(page, "second")).to_be_focused()
    page.keyboard.press("Escape")
    wait_for(lambda: needing(page) == ["third"])
    post(shared_daemons, "SessionEnd", "third", reason="other")


def test_an_ask_that_ended_is_shown_so_in_the_log(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A request of last week that "waits for you" makes amber worthless."""
    page = shared_page
    ask(shared_daemons, "granted", ago_s=30)
    settle(shared_daemons, "granted", "allowed", after_s=19)
    ask(shared_daemons, "refused", ago_s=30)
    settle(shared_daemons, "refused", "denied", after_s=28)
    ask(shared_daemons, "waiting", ago_s=30)
    words = {
        "granted": ("allowed after 11.0 s", False),
        "refused": ("denied after 2.0 s", False),
        "waiting": ("waiting for you", True),
    }
    for session, (outcome, is_amber) in words.items():
        visit(page, f"/events?event_type=PermissionRequest&session_id={session}")
        found = page.locator("button.event-grid")
        expect(found).to_have_count(1)
        expect(found).to_contain_text(outcome)
        amber = page.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--needs')"
        )
        said = found.get_by_text(outcome, exact=False).last
        tone = said.evaluate("it => getComputedStyle(it).getPropertyValue('--tone')")
        assert (tone == amber) == is_amber, outcome
    settle(shared_daemons, "waiting", "allowed", after_s=0)
    expect(page.locator("button.event-grid")).to_contain_text("allowed after 30.0 s")


def test_the_track_of_a_context_bar_stays_on_a_row_that_is_pointed_at(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Without its track a bar says nothing of how much is left."""
    page = shared_page
    post(shared_daemons, "UserPromptSubmit", "bar", prompt="Fix it")
    post_calls(shared_daemons, [status_line(NOW_MS, used=40_000, session="bar")])
    visit(page, "/")
    track = row(page, "bar").locator("[data-context] > [aria-hidden]")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        row(page, "bar").hover()
        colours = [
            track.evaluate("it => getComputedStyle(it).backgroundColor"),
            row(page, "bar").evaluate("it => getComputedStyle(it).backgroundColor"),
        ]
        assert colours[0] != colours[1], scheme
