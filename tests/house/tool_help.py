"""What a built tool says about itself: its help, subcommands and long flags."""
import pathlib
import re
import subprocess


class Tool:
    def __init__(self, path: str):
        self.path = path
        self.name = pathlib.Path(path).name
        self.help = self.run("--help").stdout
        section = re.search(r"^Subcommands:\n((?:  .*\n?)+)", self.help, re.M)
        self.subcommands = re.findall(r"^  ([a-z][a-z-]*)\b", section.group(1), re.M) if section else []

    def run(self, *arguments):
        return subprocess.run([self.path, *arguments], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def helps(self):
        """(command line, text) of the tool's help and of that of each subcommand."""
        yield f"{self.name} --help", self.help
        for sub in self.subcommands:
            yield f"{self.name} {sub} --help", self.run(sub, "--help").stdout

    def flags(self):
        """Every long flag that any of its helps names."""
        found = set()
        for _, text in self.helps():
            found.update(re.findall(r"(?:^|[\s,])(--[a-z][a-z0-9-]*)", text))
        return sorted(found)
