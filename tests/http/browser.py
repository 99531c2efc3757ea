# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium driven over its debugging pipe: no port, no driver, nothing fetched."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from serving import PATIENCE_S

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         "--disable-dev-shm-usage", "--disable-extensions", "--no-default-browser-check",
         "--disable-default-apps", "--remote-debugging-pipe"]


def find():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page. `errors` holds what its console and its network reported as wrong."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="plait-browser-")
        in_read, self.to = os.pipe()
        self.out, out_write = os.pipe()
        # The pipes are 3 and 4 in the browser; they are moved out of each other's way first.
        high = [os.dup2(in_read, 60), os.dup2(out_write, 61)]
        self.process = subprocess.Popen(
            ["bash", "-c", 'exec "$0" "$@" 3<&60 4>&61 60<&- 61>&-', program, *FLAGS,
             "--user-data-dir=" + self.profile, "about:blank"],
            pass_fds=high, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (in_read, out_write, *high):
            os.close(fd)
        self.buffer, self.number, self.session, self.errors = b"", 0, None, []
        self.requested = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")

    def close(self):
        os.close(self.to)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _message(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                return None
            data = os.read(self.out, 1 << 16)
            if not data:
                raise RuntimeError("the browser ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def _heard(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:600])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(json.dumps(params["args"])[:600])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requested.append(params["request"]["url"])

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while True:
            heard = self._message(until)
            if heard is None:
                raise RuntimeError("the browser does not answer " + method)
            if heard.get("id") == self.number:
                if "error" in heard:
                    raise RuntimeError(method + ": " + heard["error"]["message"])
                return heard["result"]
            self._heard(heard)

    def listen(self, seconds):
        until = time.monotonic() + seconds
        while (heard := self._message(until)) is not None:
            self._heard(heard)

    def size(self, width, height, phone=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=phone)

    def open(self, url):
        self.ask("Page.navigate", url=url)

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:600])
        return result["result"].get("value")

    def wait_for(self, expression, seconds):
        until = time.monotonic() + seconds
        while not (value := self.value(expression)):
            if time.monotonic() > until:
                return None
            self.listen(0.2)
        return value

    def screenshot(self, path, whole=False):
        params = {"format": "png"}
        if whole:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            params["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"],
                              "scale": 1}
            params["captureBeyondViewport"] = True
        data = base64.b64decode(self.ask("Page.captureScreenshot", **params)["data"])
        with open(path, "wb") as file:
            file.write(data)
