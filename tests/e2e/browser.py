"""Debian's Chromium, headless, driven over its debugging pipe: no driver, no library, no port.

Commands are those of the Chrome DevTools Protocol, as JSON with a NUL behind it, on descriptors 3 (to it) and 4 (from it).

    with Browser(tmp_path) as browser:
        page = browser.open("http://127.0.0.1:8080/", width=390, height=844, dark=True)
        page.press("/")
        page.type("report")
        page.until("document.querySelectorAll('tbody tr:not([hidden])').length === 1")
        page.screenshot(tmp_path / "found.png")
"""
import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time

WAIT = 30  # seconds: a bound for everything, wide enough for a sanitizer on a busy machine

KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "ArrowUp": (38, ""), "ArrowDown": (40, ""), "Home": (36, ""),
        "End": (35, ""), "Backspace": (8, ""), " ": (32, " ")}


class BrowserError(AssertionError):
    pass


class Browser:
    """One Chromium. `folder` is where its profile lives and where it says what it says; `env` its environment."""

    def __init__(self, folder, env=None):
        program = shutil.which("chromium")
        assert program, "chromium is missing: run script/setup"
        to_read, self._to = os.pipe()
        self._from, from_write = os.pipe()

        def place_pipes():  # its descriptors 3 and 4; above them first, so that neither overwrites the other
            high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in (to_read, from_write)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        with open(os.path.join(folder, "chromium.log"), "wb") as log:
            self._process = subprocess.Popen(
                [program, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={folder}/chromium", "--no-sandbox",
                 "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--disable-quic", "--no-pings",
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", "--hide-scrollbars", "--lang=en", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, preexec_fn=place_pipes, close_fds=False)
        os.close(to_read)
        os.close(from_write)
        self._numbers = itertools.count(1)
        self._received = b""
        self._events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self._process.wait(5)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def open(self, url, width=1280, height=800, dark=False, reduced_motion=False, script=True):
        """A new page of a given size, once it has loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.call("Page.enable")
        page.call("Runtime.enable")
        page.call("Log.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}])
        page.call("Emulation.setScriptExecutionDisabled", value=not script)
        page.go(url)
        return page

    def call(self, method, session=None, **parameters):
        """One command; its result. Events that arrive meanwhile are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data):]
        end = time.monotonic() + WAIT
        while True:
            message = self._receive(end, method)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._events.append(message)

    def event(self, session, *methods):
        """The next event of these kinds, from those kept or from those to come."""
        end = time.monotonic() + WAIT
        while True:
            for at, message in enumerate(self._events):
                if message.get("sessionId") == session and message.get("method") in methods:
                    del self._events[at]
                    return message["params"]
            self._events.append(self._receive(end, " or ".join(methods)))

    def events(self, session, method):
        """Those of one kind that have come so far."""
        return [message["params"] for message in self._events if message.get("sessionId") == session and message.get("method") == method]

    def forget(self, session, *methods):
        self._events = [message for message in self._events
                        if message.get("sessionId") != session or message.get("method") not in methods]

    def _receive(self, end, waiting_for):
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._from], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise BrowserError(f"nothing for {WAIT} s from Chromium, waiting for {waiting_for}")
            more = os.read(self._from, 1 << 20)
            if not more:
                raise BrowserError(f"Chromium ended, waiting for {waiting_for}; see chromium.log")
            self._received += more
        one, self._received = self._received.split(b"\0", 1)
        return json.loads(one)


class Page:
    def __init__(self, browser, session):
        self._browser, self._session = browser, session

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def go(self, url):
        self._browser.forget(self._session, "Page.loadEventFired")
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise BrowserError(f"{url}: {failed}")
        self._browser.event(self._session, "Page.loadEventFired")

    def evaluate(self, expression):
        """The value of an expression in the page; a promise is awaited."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise BrowserError(f"{expression}: {got['exceptionDetails']['exception'].get('description')}")
        return got["result"].get("value")

    def until(self, expression):
        """Waits until the expression is true in the page, looked at once a frame."""
        end = time.monotonic() + WAIT
        while True:
            try:
                return self.evaluate(
                    f"new Promise((done, fail) => {{ const end = Date.now() + {WAIT * 1000 - 2000};"
                    f" const look = () => {{ const value = {expression};"
                    f" if (value) done(value); else if (Date.now() > end) fail(new Error('it never became true'));"
                    f" else setTimeout(look, 16); }}; look(); }})")
            except BrowserError as error:
                # The page went while it was looked at: what is waited for may be the next one's.
                if time.monotonic() > end or not any(words in str(error) for words in ("navigated or closed", "context was destroyed", "Cannot find context")):
                    raise

    def press(self, key, shift=False):
        """A key, down and up: a character, or a name such as Enter."""
        code, text = KEYS.get(key, (ord(key.upper()) if len(key) == 1 else 0, key if len(key) == 1 else ""))
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        for character in text:
            self.press(character)

    def click(self, selector):
        """In the middle of the first element that the selector finds, as a mouse does it."""
        place = self.evaluate(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); if (!one) return null;"
            f" one.scrollIntoView({{block: 'center'}}); const box = one.getBoundingClientRect();"
            f" return [box.left + box.width / 2, box.top + box.height / 2]; }})()")
        if place is None:
            raise BrowserError(f"nothing on the page is {selector}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """What the console would show in red: exceptions, refused resources, violations of the content security policy."""
        self.evaluate("0")  # what happened before has been told after this answer
        thrown = [event["exceptionDetails"].get("exception", {}).get("description", "an exception")
                  for event in self._browser.events(self._session, "Runtime.exceptionThrown")]
        logged = [event["entry"]["text"] for event in self._browser.events(self._session, "Log.entryAdded")
                  if event["entry"]["level"] == "error"]
        return thrown + logged
