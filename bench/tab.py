"""Drive the tabs of one browser window as a person has them: one in front, the others hidden.

Playwright's own pages all count as visible, whichever is in front, so each of them draws.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import CDPSession

ANSWER_SECONDS: Final = 60
LOAD_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1
WIDTH: Final = 1440
HEIGHT: Final = 900


class BrowserTabError(Exception):
    """Report that a tab did not answer, or threw."""


class Tab:
    """Speak with one target of the browser: a tab, or a worker that tabs share."""

    def __init__(self, root: CDPSession, target_id: str) -> None:
        """Attach to the target."""
        self._root = root
        self.target_id = target_id
        attached = root.send("Target.attachToTarget", {"targetId": target_id, "flatten": False})
        self._session_id = attached["sessionId"]
        self._answers: dict[int, dict[str, Any]] = {}
        self._sent = 0
        root.on("Target.receivedMessageFromTarget", self._receive)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["sessionId"] == self._session_id:
            answer = json.loads(message["message"])
            if "id" in answer:
                self._answers[answer["id"]] = answer

    def send(self, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 - as the protocol has them
        """Return a method's result; raise BrowserTabError for an error or no answer."""
        self._sent += 1
        message = json.dumps({"id": self._sent, "method": method, "params": params})
        self._root.send(
            "Target.sendMessageToTarget", {"sessionId": self._session_id, "message": message}
        )
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._sent not in self._answers:
            if time.monotonic() > deadline:
                raise BrowserTabError(f"{method} was not answered in {ANSWER_SECONDS} s")
            self._root.send("Target.getTargets")  # playwright delivers events only during a call
        answer = self._answers.pop(self._sent)
        if "error" in answer:
            raise BrowserTabError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, function: str, *arguments: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Return what a JavaScript function returns, awaited, for the arguments."""
        passed = ", ".join(json.dumps(it) for it in arguments)
        answer = self.send(
            "Runtime.evaluate",
            expression=f"({function})({passed})",
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            raise BrowserTabError(
                str(answer["exceptionDetails"].get("exception", {}).get("description"))
            )
        return answer["result"].get("value")

    def open(self, url: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self.send("Page.navigate", url=url)
        deadline = time.monotonic() + LOAD_SECONDS
        loaded = "(url) => location.href.startsWith(url) && document.readyState === 'complete'"
        while not self.evaluate(loaded, url):
            if time.monotonic() > deadline:
                raise BrowserTabError(f"{url} was not loaded in {LOAD_SECONDS} s")
            time.sleep(POLL_SECONDS)

    def detach(self) -> None:
        """Leave the target as it is."""
        self._root.remove_listener("Target.receivedMessageFromTarget", self._receive)
        self._root.send("Target.detachFromTarget", {"sessionId": self._session_id})


@contextmanager
def window(root: CDPSession, urls: list[str]) -> Iterator[list[Tab]]:
    """Open each address in a tab of one new window; the first is in front, the others are hidden.

    Raises BrowserTabError when the browser shows them otherwise, as Chromium's headless shell does.
    """
    context = root.send("Target.createBrowserContext")["browserContextId"]
    tabs = []
    try:
        for url in urls:
            blank = {"url": "about:blank", "browserContextId": context}
            tabs.append(Tab(root, root.send("Target.createTarget", blank)["targetId"]))
            tabs[-1].send(
                "Emulation.setDeviceMetricsOverride",
                width=WIDTH,
                height=HEIGHT,
                deviceScaleFactor=1,
                mobile=False,
            )
            tabs[-1].open(url)
        root.send("Target.activateTarget", {"targetId": tabs[0].target_id})
        deadline = time.monotonic() + ANSWER_SECONDS
        wanted = ["visible"] + ["hidden"] * (len(tabs) - 1)
        while (shown := [it.evaluate("() => document.visibilityState") for it in tabs]) != wanted:
            if time.monotonic() > deadline:
                raise BrowserTabError(f"the tabs are {', '.join(shown)}")
            time.sleep(POLL_SECONDS)
        yield tabs
    finally:
        for tab in tabs:
            tab.detach()
        root.send("Target.disposeBrowserContext", {"browserContextId": context})
