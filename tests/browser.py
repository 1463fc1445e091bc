"""Chromium without a window, driven by its DevTools protocol: what the tests of the report ask it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 120  # seconds: for a browser that hangs, on the busiest machine


def executable() -> str | None:
    """The browser that is installed, None if there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page of the browser: what it was asked, and what it said meanwhile."""

    def __init__(self, socket: websocket.WebSocket, session: str) -> None:
        self._socket, self._session, self._number = socket, session, 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps(message | {"sessionId": self._session}))
        while True:
            heard = json.loads(self._socket.recv())
            if heard.get("id") == self._number and heard.get("sessionId") == self._session:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']}")
                return heard["result"]
            self.events.append(heard)

    def wait_for(self, method: str) -> None:
        """Wait for an event that has not been heard yet."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(json.loads(self._socket.recv()))

    def open(self, path: Path, *, hash_: str = "", query: str = "") -> None:
        """Open a file anew, and wait until it is loaded."""
        self._load("about:blank")
        self._load(path.as_uri() + query + hash_)

    def _load(self, address: str) -> None:
        self.events.clear()
        self.send("Page.navigate", url=address)
        self.wait_for("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """The value of an expression; a promise is waited for, an exception raised."""
        found = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression as soon as it is true."""
        wait = f"new Promise(done => {{ (function look() {{ const v = {script}; "
        return self.run(wait + "v ? done(v) : setTimeout(look, 20); }})() })".replace("}})", "})"))

    def key(self, name: str, code: int, text: str = "") -> None:
        """Press a key."""
        params = {"key": name, "code": name, "windowsVirtualKeyCode": code, "text": text}
        self.send("Input.dispatchKeyEvent", type="keyDown", **params)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=name, code=name)

    def width(self, pixels: int, height: int = 900) -> None:
        """Set the size of the window."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=pixels,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def media(self, *, scheme: str = "light", kind: str = "screen") -> None:
        """Set the colours that the system wishes, and the kind of medium."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=kind, features=features)

    def picture(self, target: Path, *, whole: bool = False) -> None:
        """Write a picture of the window, or of the whole page."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        target.write_bytes(base64.b64decode(found["data"]))

    def complaints(self) -> list[str]:
        """What the console said of errors and warnings, and exceptions, since the page was opened."""
        return [
            json.dumps(event["params"])
            for event in self.events
            if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")
            or (
                event.get("method") == "Runtime.consoleAPICalled"
                and event["params"]["type"] in ("error", "warning")
            )
        ]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A tab of a browser of its own, whose profile lies in the folder."""
    found = executable()
    if found is None:
        raise FileNotFoundError("there is no chromium")
    profile = folder / "profile"
    words = [found, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    words += ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]
    words += ["--disable-background-networking", "--hide-scrollbars", "about:blank"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        socket = websocket.create_connection(
            _address(profile, process), timeout=PATIENCE, suppress_origin=True
        )
        try:
            yield _tab(socket)
        finally:
            socket.close()
    finally:
        process.terminate()
        process.wait()


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens: it writes that to its profile."""
    file, end = profile / "DevToolsActivePort", time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise TimeoutError("the browser does not listen")


def _tab(socket: websocket.WebSocket) -> Tab:
    def ask(number: int, method: str, **params: Any) -> dict[str, Any]:
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(socket.recv())
            if heard.get("id") == number:
                return heard["result"]

    target = ask(1, "Target.createTarget", url="about:blank")["targetId"]
    session = ask(2, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    return Tab(socket, session)
