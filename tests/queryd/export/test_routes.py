"""Export captured sessions in each format, as a whole and a turn of them, and hostile ones."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from queryd.export.html_page import POLICY
from tests.ingestd.secrets import WORDS
from tests.running import SAMPLES, Answer, Hookwatch, wait_for

AGO_MS = 30 * 86_400_000
FILES, AGENTS, LOOP, ASKS, DENIED, BACKGROUND = (
    "06-print-files",
    "08-print-agents2",
    "47-terminal-loop",
    "46-terminal-hi",
    "21-print-write_perm",
    "35-stream-bg",
)
STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))
FORMATS = {
    "markdown": ("text/markdown; charset=utf-8", "md"),
    "html": ("text/html; charset=utf-8", "html"),
    "jsonl": ("application/x-ndjson", "jsonl"),
    "trace": ("application/json", "trace.json"),
}
SECRET = "".join(WORDS[3][1:])
HOSTILE = {
    "script": "<script>document.title = 'taken'</script><img src=x onerror=\"alert(1)\">",
    "fences": "````\n```\nin the fence\n`````\n</pre></code></details></section><h1>out</h1>",
    "open fence": "before\n\n```js\nnever closed <script>1</script>",
    "comment": "<!-- never closed\n\n<style>\n\n<textarea>",
    "markup": "# A heading\n\n> quote\n\n---\n\n[x](javascript:alert(1)) ![i](http://a.example/i.png)",
    "ticks": "a ` b\n\n<script>1</script>\n\nc ` d and `<b>` and \\`<i>\\`",
    "script and fence": "<script>\n```\n</script>\n```\n<img src=x onerror=1>\n```\n",
    "controls": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00\x08 \r\n line\u2028 \u202e rtl",
    "surrogate": "lone \ud800 one",
    "table": "| a |\n|:-:|\n| <b> |",
    "close": "]]></style></title></summary>*/ -->\" ' onload=x",
}
Event = dict[str, Any]


def captured(stem: str) -> list[dict[str, Any]]:
    """Return the lines of one captured session."""
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def session_of(stem: str) -> str:
    """Return the id of one captured session."""
    return str(captured(stem)[0]["body"]["session_id"])


def hostile_bodies(session: str, text: str) -> list[Event]:
    """Return a session whose every text is hostile."""
    common = {"session_id": session, "cwd": f"/home/{text}", "prompt_id": f"p {session}"}

    def hook(name: str, **fields: Any) -> Event:
        return {**common, "hook_event_name": name, **fields}

    bash: Event = {"tool_name": "Bash", "tool_use_id": f"{session}-1"}
    bash |= {"tool_input": {"command": text, "description": text}}
    edit: Event = {"tool_name": "Edit", "tool_use_id": f"{session}-2"}
    edit |= {"tool_input": {"file_path": text, "old_string": "a", "new_string": text}}
    odd: Event = {"tool_name": f"mcp__{text}__do", "tool_use_id": f"{session}-3"}
    odd |= {"tool_input": {text: text}}
    agent: Event = {"tool_name": "Agent", "tool_use_id": f"{session}-4"}
    agent |= {"tool_input": {"description": text, "prompt": text, "subagent_type": text}}
    return [
        hook("UserPromptSubmit", prompt=text, session_title=text),
        hook("PreToolUse", **bash),
        hook("PostToolUse", **bash, tool_response={"stdout": text, "stderr": text}),
        hook("PreToolUse", **edit),
        hook("PostToolUse", **edit, tool_response={}),
        hook("PreToolUse", **odd),
        hook("PostToolUseFailure", **odd, error=text),
        hook("PreToolUse", **agent),
        hook(
            "PreToolUse", **{**bash, "tool_use_id": f"{session}-5"}, agent_id="a", agent_type=text
        ),
        hook(
            "PostToolUse",
            **agent,
            tool_response={"agentId": "a", "content": [{"type": "text", "text": text}]},
        ),
        hook("Stop", last_assistant_message=text),
    ]


@pytest.fixture(scope="module")
def log(served: Hookwatch) -> Hookwatch:
    """Post the captured sessions as their hooks did a month ago, hostile ones, and a secret."""
    for stem in STEMS:
        for event in captured(stem):
            fired_at = {"X-Fired-At": str(event["at_ms"] - AGO_MS)}
            assert served.ingestd.post(event["body"], **fired_at).status == 200
    for name, text in HOSTILE.items():
        assert served.ingestd.post(hostile_bodies(name, text)).json()["rejected"] == []
    secret = hostile_bodies("secret", f"export TOKEN={SECRET}")
    assert served.ingestd.post(secret).json()["rejected"] == []
    # As a client may send it: with line breaks between its values.
    spread = json.dumps(hostile_bodies("spread", "text\nwith lines")[0], indent=2).encode()
    assert served.ingestd.post(spread).status == 200
    last_id = served.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)
    return served


def export(served: Hookwatch, session: str, **parameters: Any) -> Answer:
    """Return an export that must be a good one."""
    path = f"/api/sessions/{quote(session, safe='')}/export"
    answer = served.queryd.get(f"{path}?{urlencode(parameters)}")
    assert answer.status == 200, answer.body
    return answer


def listed(served: Hookwatch, session: str, part: str) -> list[dict[str, Any]]:
    """Return what the API lists of a session, oldest first."""
    path = f"/api/sessions/{quote(session, safe='')}/{part}?limit=1000"
    found: list[dict[str, Any]] = served.queryd.get(path).json()[part]
    return found[::-1]


def tokens_of(text: str) -> list[Token]:
    """Parse Markdown as a reader would that also takes raw HTML."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def headings(tokens: list[Token]) -> list[str]:
    """Return the headings of a document that are not within a quote."""
    return [
        f"{token.tag} {tokens[index + 1].content}"
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def inlines(tokens: list[Token]) -> Iterator[Token]:
    """Yield every token, those within paragraphs too."""
    for token in tokens:
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("stem", STEMS)
def test_every_captured_session_can_be_exported(log: Hookwatch, stem: str, kind: str) -> None:
    """Whatever a client sends: a share button that fails is found when it is needed."""
    answer = export(log, session_of(stem), **{"as": kind})
    media_type, extension = FORMATS[kind]
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-store"
    name = re.fullmatch(r'attachment; filename="([a-z0-9-]+)\.(.+)"', answer.headers[DISPOSITION])
    assert name is not None
    assert name[2] == extension
    assert len(answer.body) > 50


DISPOSITION = "content-disposition"


def test_markdown_has_prompts_answers_commands_results_and_diffs(log: Hookwatch) -> None:
    """It is pasted into an issue, where it is all that the reader has."""
    session = session_of(FILES)
    text = export(log, session, **{"as": "markdown"}).body.decode()
    (turn,) = listed(log, session, "turns")
    calls = listed(log, session, "calls")
    assert headings(tokens_of(text)) == [
        "h1 \\[\\[scn:files cwd=/home/dev/print/proj\\]\\] scripted: files",
        "h2 Turn 1",
        *(f"h3 {call['tool_name']}: {call['target']}" for call in calls),
    ]
    assert f"> {turn['prompt']}\n" in text
    assert f"> {turn['answer']}\n" in text
    assert (
        "```diff\n@@ -1,2 +1,3 @@\n def hello():\n-    return 'hi'\n+    return 'hello'\n" in text
    )
    assert "Lines 1 to 3 of 3\n\n```\ndef hello():\n    return 'hi'\n```\n" in text
    assert "failed" in text
    assert "String to replace not found in file." in text


def test_calls_of_subagents_are_below_the_calls_that_launched_them(log: Hookwatch) -> None:
    """In the order of arrival two subagents are one heap."""
    text = export(log, session_of(AGENTS), **{"as": "markdown"}).body.decode()
    assert headings(tokens_of(text))[1:] == [
        "h2 Turn 1",
        "h3 Agent: general-purpose: First helper",
        "h3 Subagent general-purpose: First helper",
        "h4 Bash: ls; sleep 0.2",
        "h4 Bash: echo sub-fail; exit 4",
        "h3 Agent: Explore: Second helper",
        "h3 Subagent Explore: Second helper",
        "h4 Read: README.md",
    ]


def test_a_turn_is_exported_by_its_number_or_its_id(log: Hookwatch) -> None:
    """The page knows ids, a person counts."""
    session = session_of(LOOP)
    turns = listed(log, session, "turns")
    for number in (1, 3, len(turns)):
        texts = [
            export(log, session, **given).body.decode()
            for given in (
                {"turn": number},
                {"turn": number - len(turns) - 1},
                {"turn_id": turns[number - 1]["id"]},
            )
        ]
        assert texts[0] == texts[1] == texts[2]
        found = [it for it in headings(tokens_of(texts[0])) if it.startswith("h2")]
        assert found == [f"h2 Turn {number}"]
        assert f"> {turns[number - 1]['prompt']}\n" in texts[0]
    name = export(log, session, turn=3).headers[DISPOSITION]
    assert name.endswith('-turn-3.md"')


def test_the_turns_of_a_session_make_up_the_whole(log: Hookwatch) -> None:
    """What is in no turn would be lost, what is in two would count double."""
    session = session_of(LOOP)
    count = len(listed(log, session, "turns"))
    whole = export(log, session, **{"as": "jsonl"}).body.splitlines()
    turns = [
        export(log, session, turn=number, **{"as": "jsonl"}).body.splitlines()
        for number in range(1, count + 1)
    ]
    parts = [line for lines in turns for line in lines]
    assert len(parts) == len(set(parts))
    outside = [json.loads(line)["hook_event_type"] for line in set(whole) - set(parts)]
    assert set(parts) <= set(whole)
    assert set(outside) <= {"SessionStart", "InstructionsLoaded", "Setup"}
    third = [json.loads(line)["payload"].get("prompt_id") for line in turns[2]]
    expected = listed(log, session, "turns")[2]["prompt_id"]
    others = {turn["prompt_id"] for turn in listed(log, session, "turns")} - {expected}
    assert expected in third
    assert others.isdisjoint(third)


def test_jsonl_has_each_event_as_the_api_has_it(log: Hookwatch) -> None:
    """It is what scripts read: the same fields, whole payloads, one order."""
    session = session_of(ASKS)
    lines = export(log, session, **{"as": "jsonl"}).body.split(b"\n")
    assert lines.pop() == b""
    events = [json.loads(line) for line in lines]
    asked = log.queryd.get(f"/api/events?session_id={session}&limit=1000").json()["events"]
    assert [event["id"] for event in events] == [event["id"] for event in asked[::-1]]
    for event in events:
        shown = log.queryd.get(f"/api/events/{event['id']}").json()
        assert {**event, "summary": None} == {**shown, "summary": None}


def test_a_payload_with_line_breaks_is_one_line(log: Hookwatch) -> None:
    """A body is stored as it was sent; a reader of lines would see pieces of it."""
    (line,) = export(log, "spread", **{"as": "jsonl"}).body.splitlines()
    assert json.loads(line)["payload"]["prompt"] == "text\nwith lines"


@pytest.mark.parametrize("stem", STEMS)
def test_a_trace_is_one_that_perfetto_can_open(log: Hookwatch, stem: str) -> None:
    """Pairs match by their ids, what is nested is nested, times are microseconds in order."""
    session = session_of(stem)
    trace = json.loads(export(log, session, **{"as": "trace"}).body)
    timed = check_trace(trace["traceEvents"])
    calls = listed(log, session, "calls")
    started = [event for event in timed if event["ph"] in "Xb" and event["cat"] == "call"]
    ids = {event["args"]["tool_use_id"]: event for event in started}
    assert len(started) == len(ids) == len(calls)
    for call in calls:
        event = ids[call["tool_use_id"]]
        assert event["ts"] == call["started_at"] * 1000
        assert event["args"]["outcome"].replace(" ", "_") == call["outcome"]
        if event["ph"] == "X" and call["ended_at"] is not None:
            assert event["dur"] == (call["ended_at"] - call["started_at"]) * 1000


def check_trace(events: list[Event]) -> list[Event]:
    """Hold a trace to its format; return the events that have a time."""
    names = {event["tid"] for event in events if event["name"] == "thread_name"}
    timed = [event for event in events if event["ph"] != "M"]
    assert [event["ts"] for event in timed] == sorted(event["ts"] for event in timed)
    running: dict[tuple[str, str], Event] = {}
    nested: dict[int, list[int]] = defaultdict(list)
    for event in timed:
        assert event["tid"] in names
        assert event["pid"] == 1
        assert event["ts"] > 1_600_000_000_000_000
        key = event["cat"], event.get("id", "")
        match event["ph"]:
            case "b":
                assert key not in running
                running[key] = event
            case "e":
                assert running.pop(key)["name"] == event["name"]
            case "X":
                ends = nested[event["tid"]]
                while ends and ends[-1] <= event["ts"]:
                    ends.pop()
                assert not ends or event["ts"] + event["dur"] <= ends[-1], "it overlaps"
                ends.append(event["ts"] + event["dur"])
            case phase:
                assert phase == "i"
    assert running == {}
    return timed


def test_overlapping_calls_are_pairs_and_an_ask_is_a_wait(both: Hookwatch) -> None:
    """Two calls side by side are not one within the other."""
    at = 1_790_000_000_000

    def event(kind: str, offset: int, use: str | None = None, **payload: Any) -> Event:
        about = {"tool_name": "Bash", "tool_input": {"command": f"echo {use}"}}
        return {
            "hook_event_type": kind,
            "session_id": "s",
            "timestamp": at + offset,
            "payload": {"prompt_id": "p", **(about if use else {}), **payload},
            **({"tool_use_id": use, "tool_name": "Bash"} if use else {}),
        }

    events = [
        event("UserPromptSubmit", 0, prompt="Do two things"),
        event("PreToolUse", 10, "a", tool_use_id="a"),
        event("PreToolUse", 20, "b", tool_use_id="b"),
        event("PermissionRequest", 30, "b"),
        event("PreToolUse", 40, "c", tool_use_id="c"),
        event("PostToolUse", 50, "c", tool_use_id="c", duration_ms=10, tool_response={}),
        event("PostToolUse", 500, "a", tool_use_id="a", duration_ms=490, tool_response={}),
        event("PostToolUse", 900, "b", tool_use_id="b", duration_ms=100, tool_response={}),
        event("Stop", 1000, last_assistant_message="Done"),
    ]
    assert both.ingestd.post(events).json()["rejected"] == []
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == len(events))
    timed = check_trace(json.loads(export(both, "s", **{"as": "trace"}).body)["traceEvents"])
    shapes = [(it["ph"], it["name"], it["ts"] // 1000 - at, it.get("dur")) for it in timed]
    assert shapes == [
        ("X", "Do two things", 0, 1_000_000),
        ("X", "Bash", 10, 490_000),
        ("b", "Bash", 20, None),
        ("b", "Waiting for you", 30, None),
        ("b", "Bash", 40, None),
        ("e", "Bash", 50, None),
        ("e", "Waiting for you", 810, None),
        ("e", "Bash", 900, None),
    ]


class Page(HTMLParser):
    """Reads a page as a browser's parser would, roughly: its tags and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


VOID = {"meta", "br", "hr"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "small", "bdi", "b"),
    *("dl", "dt", "dd", "p", "div", "section", "details", "summary", "pre", "ins", "del", "span"),
    # Of Markdown in prompts and answers.
    *("code", "a", "em", "strong", "ul", "ol", "li", "blockquote", "hr", "br", "table", "thead"),
    *("tbody", "tr", "th", "td", "h4", "s"),
}
ATTRIBUTES = {"class", "id", "open", "rel", "href", "lang", "charset", "name", "content"} | {
    "http-equiv"
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_payload_becomes_markup_of_the_page(log: Hookwatch, name: str) -> None:
    """The file is opened by someone else, from a mail: it must run nothing and ask no one."""
    page = Page(export(log, name, **{"as": "html"}).body.decode())
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {key for _, attributes in page.tags for key in attributes} <= ATTRIBUTES
    links = [attributes.get("href") or "" for tag, attributes in page.tags if tag == "a"]
    assert all(re.match(r"https?://|#|mailto:", link) for link in links), links
    metas = [attributes for tag, attributes in page.tags if tag == "meta"]
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in metas
    assert "script" not in POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    texts_with_a_heading = 4 if name == "markup" else 0
    assert sum(tag == "h1" for tag, _ in page.tags) == 1 + texts_with_a_heading


@pytest.mark.parametrize("name", HOSTILE)
def test_no_payload_breaks_out_of_its_place_in_markdown(log: Hookwatch, name: str) -> None:
    """A fence that ends early turns the rest of the file into something else."""
    text = export(log, name, **{"as": "markdown"}).body.decode()
    tokens = tokens_of(text)
    assert [it.content for it in inlines(tokens) if it.type.startswith("html")] == []
    found = headings(tokens)
    levels = ["h1", "h2", "h3", "h3", "h3", "h3", "h3", "h4"]
    assert [heading[:2] for heading in found] == levels
    fences = [it for it in tokens if it.type == "fence" and it.level == 0]
    assert len(fences) == 7
    assert all(it.markup == text.split("\n")[it.map[1] - 1] for it in fences if it.map)
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) is None
    assert tokens[-1].type == "blockquote_close"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_is_letters_and_digits(log: Hookwatch, name: str) -> None:
    """A title could name another folder, or another header."""
    disposition = export(log, name).headers[DISPOSITION]
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.md"', disposition)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["trace", "jsonl"])
def test_no_payload_breaks_out_of_json(log: Hookwatch, name: str, kind: str) -> None:
    """A line is an event, a trace is one value."""
    body = export(log, name, **{"as": kind}).body.decode()
    if kind == "trace":
        check_trace(json.loads(body)["traceEvents"])
    else:
        lines = [json.loads(line) for line in body.removesuffix("\n").split("\n")]
        assert len(lines) == len(hostile_bodies(name, ""))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_redacted_is_in_no_export(log: Hookwatch, kind: str) -> None:
    """Exports leave the machine."""
    body = export(log, "secret", **{"as": kind}).body
    assert SECRET.encode() not in body
    assert b"export TOKEN=" in body


@pytest.mark.parametrize("parameters", [{}, {"as": "trace"}, {"turn": 1}])
def test_an_unknown_session_is_refused_as_everywhere(
    log: Hookwatch, parameters: dict[str, Any]
) -> None:
    """A download of an error would be saved as a session."""
    answer = log.queryd.get(f"/api/sessions/nobody/export?{urlencode(parameters)}")
    error = {"code": "not_found", "message": "session nobody not found", "field": "session_id"}
    assert (answer.status, answer.json()) == (404, {"error": error})
    assert DISPOSITION not in answer.headers


@pytest.mark.parametrize(
    ("parameters", "status", "code", "field"),
    [
        ({"turn": 99}, 404, "not_found", "turn"),
        ({"turn": 0}, 404, "not_found", "turn"),
        ({"turn_id": 1_000_000}, 404, "not_found", "turn_id"),
        ({"turn": 1, "turn_id": 1}, 400, "conflicting_parameters", "turn"),
        ({"as": "pdf"}, 400, "invalid_parameter", "as"),
        ({"turn_id": 0}, 400, "invalid_parameter", "turn_id"),
        ({"format": "html"}, 400, "unknown_parameter", "format"),
    ],
)
def test_wrong_parameters_are_refused(
    log: Hookwatch, parameters: dict[str, Any], status: int, code: str, field: str
) -> None:
    """And name what is wrong with them."""
    path = f"/api/sessions/{session_of(LOOP)}/export?{urlencode(parameters)}"
    answer = log.queryd.get(path)
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["field"]) == (status, code, field)


def test_head_answers_without_reading_the_session(log: Hookwatch) -> None:
    """It asks for the name of the file, and whether there is one."""
    path = f"/api/sessions/{session_of(LOOP)}/export?as=html"
    head, whole = log.queryd.ask("HEAD", path), log.queryd.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers[DISPOSITION] == whole.headers[DISPOSITION]
