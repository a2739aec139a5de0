#!/usr/bin/env python3
"""The page of ikedump --html stands alone and a browser shows it: usage: page.py IKEDUMP [SCREENSHOT_DIR]

Checks that nothing is fetched or run, that every link inside leads somewhere, and, where Chromium is installed, that the
page lays out without a request or an error, light and dark. Screenshots stay in SCREENSHOT_DIR when one is named."""
import html.parser
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ["healthy-roam", "update-unanswered", "esp-loss", "half-open-flood"]
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


class Page(html.parser.HTMLParser):
    VOID = {"meta", "line", "rect", "path", "circle", "g"}

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.problems, self.counts = [], [], [], {}

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag in ("script", "iframe", "object", "embed", "link", "img", "base", "form"):
            self.problems.append(f"<{tag}> is on the page")
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "srcset"):
                self.problems.append(f"{tag} has {name}")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)


def look(text):
    page = Page()
    page.feed(text)
    page.problems += [f"a link leaves the page: {one}" for one in page.links if not one.startswith("#")]
    page.problems += [f"two elements are {one}" for one in set(page.ids) if page.ids.count(one) > 1]
    targets = set(page.ids)
    if page.counts.get("svg", 0) < 2:
        page.problems.append("no drawings")
    dangling = [one for one in page.links if one[1:] not in targets]
    # Frames that are no packet of an SA (ICMP, fragments) are not drawn.
    if len(dangling) * 2 > max(len(page.links), 1):
        page.problems.append(f"{len(dangling)} of {len(page.links)} links lead nowhere: {dangling[:3]}")
    if "url(" in text or "@import" in text:
        page.problems.append("the style fetches something")
    return page.problems


def show(browser, path, shot, scheme):
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1300,2000",
               f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}", f"--screenshot={shot}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if not shot.exists() or shot.stat().st_size < 20_000:
        return [f"{scheme}: no picture: {done.stderr[-300:]}"]
    return []


def main() -> int:
    tool = sys.argv[1]
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        shots = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else scratch)
        for case in CASES:
            folder = ROOT / "captures" / case
            if not folder.exists():
                continue
            path = pathlib.Path(scratch) / f"{case}.html"
            command = [tool, "--html", str(path), "--keys", str(folder / "keys"), str(folder / "client.pcapng"),
                       str(folder / "gateway.pcapng")]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            if done.returncode or done.stdout:
                problems.append(f"{case}: exit {done.returncode}, {done.stdout[:100]}{done.stderr[:200]}")
                continue
            problems += [f"{case}: {one}" for one in look(path.read_text())]
            for scheme in ("light", "dark") if browser and case == "update-unanswered" else ():
                problems += [f"{case}: {one}" for one in show(browser, path, shots / f"{case}-{scheme}.png", scheme)]
    print("\n".join(problems) or f"the pages stand alone{'' if browser else ' (Chromium is not here: not looked at in a browser)'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
