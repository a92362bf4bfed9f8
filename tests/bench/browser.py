"""Chromium of its own for one page, spoken to on its debugging port: no name resolves, what a page asks is answered or refused."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import websocket
from PIL import Image

WIDTH, HEIGHT = 1366, 768
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--mute-audio", "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip
PATIENCE_S = 240.0
TICKS = os.sysconf("SC_CLK_TCK")

Answer = Callable[[str], tuple[bytes, str] | None]


def installed() -> str | None:
    """Return the path of Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def version() -> str:
    """Return the version of Chromium, or that there is none."""
    program = installed()
    if program is None:
        return "absent"
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split(" built")[0].strip()


class Chromium:
    """One browser with one page; `answer` gives what an outside address holds, None refuses it."""

    def __init__(self, answer: Answer = lambda url: None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.console: list[str] = []
        self.frames: list[tuple[float, str]] = []
        self.loaded = False
        self._number = 0
        self._replies: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> Chromium:
        program = installed()
        if program is None:
            raise RuntimeError("Chromium is missing: sudo apt-get install -y chromium")
        self._home = tempfile.TemporaryDirectory(prefix="cuntong-bench-", ignore_cleanup_errors=True)
        command = [program, *FLAGS, f"--user-data-dir={self._home.name}", "about:blank"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        self._process = subprocess.Popen(command, **quiet)
        try:
            self._socket = websocket.create_connection(self._address(), suppress_origin=True, timeout=PATIENCE_S)
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if hasattr(self, "_socket"):
            self._socket.close()
        self._home.cleanup()

    def _address(self) -> str:
        """Wait for the debugging port and return the address of the page."""
        file = Path(self._home.name, "DevToolsActivePort")
        begin = time.monotonic()
        while time.monotonic() < begin + 60:
            if file.exists() and file.read_text().count("\n"):
                port = file.read_text().splitlines()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as reply:
                    pages = [page for page in json.load(reply) if page["type"] == "page"]
                if pages:
                    return str(pages[0]["webSocketDebuggerUrl"])
            time.sleep(0.05)
        raise RuntimeError("Chromium did not open its debugging port within 60 s")

    def _prepare(self) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Performance.enable", timeDomain="threadTicks")
        self.call("Fetch.enable", patterns=[{"urlPattern": "http://*"}, {"urlPattern": "https://*"}])
        self.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)

    # --- talk ---------------------------------------------------------------------------------------------------------

    def send(self, method: str, **parameters: Any) -> int:
        """Send a command without waiting for its reply; return its number."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        return self._number

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its reply; what happens meanwhile is taken in."""
        number, begin = self.send(method, **parameters), time.monotonic()
        while number not in self._replies:
            if time.monotonic() > begin + PATIENCE_S:
                raise RuntimeError(f"{method}: no reply within {PATIENCE_S:.0f} s")
            self.pump(0.05, once=True)
        reply = self._replies.pop(number)
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        result: dict[str, Any] = reply["result"]
        return result

    def pump(self, seconds: float, *, once: bool = False) -> None:
        """Take in replies and events for a while; with `once` until the first one."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                message = json.loads(self._socket.recv())
            except websocket.WebSocketTimeoutException:
                return
            if "id" in message:
                self._replies[message["id"]] = message
            else:
                self._take(message["method"], message["params"])
            if once:
                return

    def _take(self, event: str, told: dict[str, Any]) -> None:
        if event == "Fetch.requestPaused":
            self._reply_to(told)
        elif event == "Network.requestWillBeSent":
            url = told["request"]["url"]
            if not url.startswith(("data:", "blob:", "file:", "about:")):
                self.asked.append(url)
        elif event == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(a.get("value", a.get("description", ""))) for a in told["args"]))
        elif event == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.console.append(str(details.get("exception", {}).get("description", details["text"])))
        elif event == "Log.entryAdded":
            self.console.append(f"{told['entry']['text']} {told['entry'].get('url', '')}".strip())
        elif event == "Page.loadEventFired":
            self.loaded = True
        elif event == "Page.screencastFrame":
            self.frames.append((float(told["metadata"]["timestamp"]), told["data"]))
            self.send("Page.screencastFrameAck", sessionId=told["sessionId"])

    def _reply_to(self, paused: dict[str, Any]) -> None:
        url, number = paused["request"]["url"], paused["requestId"]
        held = self.answer(url)
        if held is None:
            self.refused.append(url)
            self.send("Fetch.failRequest", requestId=number, errorReason="InternetDisconnected")
            return
        content, kind = held
        headers = [{"name": "Content-Type", "value": kind}, {"name": "Access-Control-Allow-Origin", "value": "*"}]
        body = base64.b64encode(content).decode()
        self.send("Fetch.fulfillRequest", requestId=number, responseCode=200, responseHeaders=headers, body=body)

    # --- the page -----------------------------------------------------------------------------------------------------

    def run(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        reply = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in reply:
            details = reply["exceptionDetails"]
            raise RuntimeError(str(details.get("exception", {}).get("description", details["text"])))
        return reply["result"].get("value")

    def settle(self) -> None:
        """Wait until the page has had two frames."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def picture(self) -> np.ndarray:
        """Return what the page shows: height x width x 3, 0…255."""
        return pixels(self.call("Page.captureScreenshot", format="png")["data"])

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send a mouse event without waiting."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def metric(self, name: str) -> float:
        """Return a figure of the page's own account."""
        metrics = self.call("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == name))

    def cpu_s(self) -> float:
        """Return the processor time of all processes of the browser so far; steps of 10 ms."""
        parent: dict[int, int] = {}
        used: dict[int, float] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                rest = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parent[int(entry.name)] = int(rest[1])
            used[int(entry.name)] = sum(map(int, rest[11:15])) / TICKS
        ours = {self._process.pid}
        while more := {pid for pid, up in parent.items() if up in ours} - ours:
            ours |= more
        return sum(used.get(pid, 0.0) for pid in ours)


def pixels(data: str) -> np.ndarray:
    """Return an image given in base64 as height x width x 3, 0…255."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
