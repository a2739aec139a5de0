#!/usr/bin/env python3
"""Our tools against every gateway that is present, cell by cell; the table goes into tests/README.md.

usage: matrix.py TOOLS_FOLDER [--rows PATTERN] [--trial] [--keep FOLDER] [GATEWAY...]      default: all that are present
       matrix.py --list
       matrix.py --table     only writes the table, from the results of earlier runs

Each cell is a scenario of ikectl with one thing chosen: a cipher, a group, a way to authenticate, a move. The
outcome is "pass", the reason of a failure, or "peer has none" where the gateway refuses what it does not
have. Results that are not run anew stay as they were (matrix.json). --rows: only cells whose names match the regular
expression; --trial: nothing is written down; --keep: what was said in cells that do not pass. Needs root.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True

from matrix_cells import cells
from matrix_faults import explained, lacks
from matrix_gateways import GATEWAYS, HERE, INNER, PREFIX, STATE, command
from matrix_play import play

README = HERE.parent / "README.md"
RESULTS = HERE / "matrix.json"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"


def wanted_at(gateway, cell):
    """Kernel ESP of the others is for the rows that need ESP."""
    if cell.eap and gateway.esp == "kernel":
        return False
    return gateway.esp != "kernel" or gateway.kind == "strongswan" or cell.data


def keep_logs(gateway, cell, folder):
    """Of both sides."""
    into = folder / re.sub(r"[^A-Za-z0-9.]+", "-", f"{gateway.name} {cell.name}")
    shutil.rmtree(into, ignore_errors=True)
    if (STATE / "matrix").exists():
        shutil.copytree(STATE / "matrix", into)
    into.mkdir(parents=True, exist_ok=True)
    for log in [*STATE.glob("strongswan-*/charon.log"), *STATE.glob("libreswan*/log"), *STATE.glob("openiked*/log")]:
        shutil.copy(log, into / f"{log.parent.name}.log")
    if gateway.esp == "kernel":
        role = "client" if cell.acts else "gateway"
        (into / "machine.log").write_text(command(*gateway.script(role, "log")).stdout)


def at_gateway(tools, gateway, given, keep):
    command(HERE / "lab", "down", timeout=120)
    try:
        command(HERE / "topology", "up")
        # Inner addresses of the peer as client: what it chooses, and the first of our pool.
        for address in INNER:
            command("ip", "netns", "exec", f"{PREFIX}-client", "ip", "addr", "add", f"{address}/32", "dev", "lo")
        for cell in cells():
            if not given.rows.search(cell.name) or not wanted_at(gateway, cell):
                continue
            gateway.leave("gateway" if cell.acts else "client")
            result = lacks(gateway, cell) or play(tools, gateway, cell)
            print(f"{gateway.name}: {cell.name}: {result}", flush=True)
            if given.keep and result not in ("pass", "peer has none"):
                keep_logs(gateway, cell, given.keep)
            keep(cell.name, result)
    finally:
        command(HERE / "lab", "down", timeout=120)
        gateway.running.clear()


def write_table(results):
    names = [gateway.name for gateway in GATEWAYS if gateway.name in results]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for cell in cells():
        row = [explained(name, cell.name, results[name].get(cell.name, "")) for name in names]
        lines.append(f"| {cell.name} | " + " | ".join(row) + " |")
    table = f"{BEGIN}\n" + "\n".join(lines) + f"\n{END}"
    text = README.read_text() if README.exists() else "# Tests\n"
    if BEGIN in text:
        text = text[:text.index(BEGIN)] + table + text[text.index(END) + len(END):]
    else:
        text += f"\n## Against real gateways\n\n{(HERE / 'matrix.md').read_text().strip()}\n\n{table}\n"
    README.write_text(text)


def earlier_results():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="?", type=pathlib.Path)
    parser.add_argument("gateways", nargs="*")
    parser.add_argument("--rows", type=re.compile, default=re.compile(""))
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--trial", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_intermixed_args()
    if given.list:
        print("\n".join(gateway.name for gateway in GATEWAYS))
        return 0
    if given.table:
        write_table(earlier_results())
        return 0
    if not given.tools:
        parser.error("where are the tools?")
    if os.getuid() != 0:
        print("matrix.py: network namespaces need root: run it with sudo")
        return 3
    for gateway in GATEWAYS:
        if given.gateways and gateway.name not in given.gateways:
            continue
        if not gateway.present():
            print(f"{gateway.name}: is not here")
            continue

        def keep(name, result, column=gateway.name):
            # Read again each time: gateways can be run side by side, with different LAB_PREFIX.
            if not given.trial:
                results = earlier_results()
                results.setdefault(column, {})[name] = result
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")

        at_gateway(given.tools.resolve(), gateway, given, keep)
    if given.trial:
        return 0
    results = earlier_results()
    write_table(results)
    known = {cell.name for cell in cells()}
    outcomes = [explained(name, cell, value) for name, found in results.items() for cell, value in found.items()
                if cell in known]
    failed = sum(not value.startswith(("pass", "peer has none", "its ")) for value in outcomes)
    print(f"{len(outcomes)} cells, {failed} failed without an explanation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
