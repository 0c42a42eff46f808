"""A headless Chromium that is told what to do through a pipe: one start for many pictures, and no library for it."""

import base64
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from tests import servers

WAIT_MS = 60_000
Json = dict[str, Any]


class Browser:
    """One page of it."""

    def __init__(self, to_browser: IO[bytes], from_browser: IO[bytes]) -> None:
        self._to, self._from = to_browser, from_browser
        self._count, self._rest, self._session = 0, b"", ""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def ask(self, method: str, **params: object) -> Json:
        """Its answer to one command of the DevTools protocol. Raises RuntimeError for one it refuses."""
        self._count += 1
        wanted = self._count
        said: Json = {"id": wanted, "method": method, "params": params}
        self._to.write(json.dumps(said | ({"sessionId": self._session} if self._session else {})).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: Json = answer["result"]
                return result

    def _next(self) -> Json:
        while b"\0" not in self._rest:
            part = self._from.read(1 << 20)
            if not part:
                raise RuntimeError("Chromium went away")
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        answer: Json = json.loads(text)
        return answer

    def size(self, width: int, height: int) -> None:
        """How large the window is, in CSS pixels."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url: str) -> None:
        """Go there."""
        self.ask("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, awaited. Raises RuntimeError for what it throws."""
        found = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"])[:2000])
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true in the page; it looks again at every frame it draws."""
        script = f"""new Promise((done, failed) => {{
            const since = performance.now();
            const look = () => ({condition}) ? done(true)
                : performance.now() - since > {WAIT_MS} ? failed(new Error("waited in vain: " + document.title))
                : requestAnimationFrame(look);
            look(); }})"""
        self.run(script)

    def picture(self, height: int = 0) -> bytes:
        """What it shows, as a PNG; of the whole page where a height is given."""
        clip: Json = {}
        if height:
            width = self.run("window.innerWidth")
            clip = {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
            }
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png", **clip)["data"])


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, and its end."""
    with tempfile.TemporaryDirectory() as profile:
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe")
        command = [servers.program("chromium"), *options, f"--user-data-dir={profile}"]
        # The pipe has the numbers 3 and 4, by Chromium's rule.
        numbered = ["sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1', "sh", *command]
        process = subprocess.Popen(numbered, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield Browser(process.stdin, process.stdout)
        finally:
            process.terminate()
            process.communicate(timeout=20)
