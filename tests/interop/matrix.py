#!/usr/bin/env python3
"""Our tools against every gateway that is present, cell by cell; the table goes into tests/README.md.

usage: matrix.py TOOLS_FOLDER [--rows PATTERN] [--trial] [--keep FOLDER] [--at-once N] [GATEWAY...]
       matrix.py --list      the gateways; default: all that are present
       matrix.py --table     only writes the table, from the results of earlier runs

Each cell is a scenario of ikectl with one thing chosen: a cipher, a group, a way to authenticate, a move. The
outcome is "pass", the reason of a failure, or "peer has none" where the gateway refuses what it does not
have. What fails without an explanation is tried a second time. Results that are not run anew stay as they were
(matrix.json).

N gateways (4) are tried at once, each in a lab of its own; 1352 cells took 55 minutes, five
gateways at once, on two cores that had other work to do; the machines with kernel ESP take most of it. A gateway that does not start three times in a row
is left alone, the others go on. --rows: only cells whose names match the regular expression; --trial: nothing is written
down; --keep: what was said in cells that do not pass. Needs root. Exit: 0 all is explained, 1 something is not.
"""
import argparse
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import sys

sys.dont_write_bytecode = True

from matrix_cells import cells
from matrix_faults import ESP_ALONE, explained, lacks
from matrix_gateways import GATEWAYS, HERE, INNER, PREFIX, STATE, command
from matrix_play import play
from matrix_side import side_by_side

README = HERE.parent / "README.md"
RESULTS = HERE / "matrix.json"
DOES_NOT_START = "does not start"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"


def wanted_at(gateway, cell):
    """Kernel ESP of the others is for the rows that need ESP, or are quick; its machines have no tools for CRLs."""
    if gateway.esp == "none" and any(part in cell.name for part in ESP_ALONE):
        return False
    if gateway.esp != "kernel" or gateway.kind == "strongswan":
        return True
    return bool(cell.data or cell.second or cell.keys and "SS_CRL" not in cell.peer)


def keep_logs(gateway, cell, folder):
    """Of both sides."""
    into = folder / re.sub(r"[^A-Za-z0-9.]+", "-", f"{gateway.name} {cell.name}")
    shutil.rmtree(into, ignore_errors=True)
    if (STATE / "matrix").exists():
        shutil.copytree(STATE / "matrix", into)
    into.mkdir(parents=True, exist_ok=True)
    for log in [*STATE.glob("strongswan-*/charon.log"), *STATE.glob("libreswan*/log"), *STATE.glob("openiked*/log"),
                *STATE.glob("strongswan-*/stdout")]:
        shutil.copy(log, into / f"{log.parent.name}-{log.stem}.log")
    if gateway.esp == "kernel":
        role = "client" if cell.acts else "gateway"
        (into / "machine.log").write_text(command(*gateway.script(role, "log")).stdout)


def is_explained(gateway, cell, result):
    return explained(gateway.name, cell.name, result).startswith(("pass", "peer has none", "its "))


def outcome(tools, gateway, cell, given):
    """Of a cell, tried twice where need be."""
    known = lacks(gateway, cell)
    if known:
        return known
    for last in (False, True):
        try:
            result = play(tools, gateway, cell)
        except Exception as error:  # pylint: disable=broad-except
            result = f"{type(error).__name__}: {error}"  # of ours; the other cells are not to suffer
        if given.keep and result not in ("pass", "peer has none"):
            keep_logs(gateway, cell, given.keep)
        if last or is_explained(gateway, cell, result) or result.startswith(DOES_NOT_START):
            break
        print(f"{gateway.name}: {cell.name}: once more, after: {result}", flush=True)
    return "pass, at the second try" if last and result == "pass" else result


def at_gateway(tools, gateway, given, keep):
    """One column. False: it was given up."""
    command(HERE / "lab", "down", timeout=120)
    dead = 0
    try:
        command(HERE / "topology", "up")
        # Inner addresses of the peer as client: what it chooses, and the first of our pool.
        for address in INNER:
            command("ip", "netns", "exec", f"{PREFIX}-client", "ip", "addr", "add", f"{address}/32", "dev", "lo")
        for cell in rows(gateway, given):
            gateway.leave("gateway" if cell.acts else "client")
            result = outcome(tools, gateway, cell, given)
            print(f"{gateway.name}: {cell.name}: {result}", flush=True)
            keep(cell.name, result)
            dead = dead + 1 if result.startswith(DOES_NOT_START) else 0
            if dead == 3:
                print(f"{gateway.name}: given up, its other cells stay as they were", flush=True)
                return False
        return True
    finally:
        command(HERE / "lab", "down", timeout=120)
        gateway.running.clear()


def rows(gateway, given):
    return [cell for cell in cells() if given.rows.search(cell.name) and wanted_at(gateway, cell)]


def write_table(results):
    columns = [gateway for gateway in GATEWAYS if gateway.name in results]
    names = [gateway.name for gateway in columns]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for cell in cells():
        row = [explained(each.name, cell.name, results[each.name].get(cell.name, "not run")) if wanted_at(each, cell)
               else "–" for each in columns]
        lines.append(f"| {cell.name} | " + " | ".join(row) + " |")
    intro = (HERE / "matrix.md").read_text().strip()
    text = README.read_text()
    README.write_text(text[:text.index(BEGIN)] + f"{BEGIN}\n{intro}\n\n" + "\n".join(lines) + "\n" + text[text.index(END):])


def earlier_results():
    text = RESULTS.read_text() if RESULTS.exists() else ""
    return json.loads(text) if text else {}


def record(column, name, result):
    """Others may write at the same time."""
    with open(RESULTS, "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = earlier_results()
        results.setdefault(column, {})[name] = result
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="?", type=pathlib.Path)
    parser.add_argument("gateways", nargs="*")
    parser.add_argument("--rows", type=re.compile, default=re.compile(""))
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--at-once", type=int, default=4)
    for flag in ("--trial", "--list", "--table", "--column"):
        parser.add_argument(flag, action="store_true", help=argparse.SUPPRESS if flag == "--column" else None)
    given = parser.parse_intermixed_args()
    if not (given.list or given.table or given.tools):
        parser.error("where are the tools?")
    unknown = set(given.gateways) - {gateway.name for gateway in GATEWAYS}
    if unknown:
        parser.error(f"no such gateway: {', '.join(unknown)}; see --list")
    return given


def summary():
    results = earlier_results()
    write_table(results)
    known = {cell.name for cell in cells()}
    outcomes = [explained(name, cell, value) for name, found in results.items() for cell, value in found.items()
                if cell in known]
    failed = sum(not value.startswith(("pass", "peer has none", "its ")) for value in outcomes)
    print(f"{len(outcomes)} cells, {failed} failed without an explanation, "
          f"{sum('second try' in value for value in outcomes)} passed at the second try")
    return 1 if failed else 0


def end(*_):
    """Once: cleaning up is not to be disturbed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def main():
    given = arguments()
    if given.list:
        print("\n".join(gateway.name for gateway in GATEWAYS))
        return 0
    if given.table:
        return summary()
    if os.getuid() != 0:
        print("matrix.py: network namespaces need root: run it with sudo")
        return 3
    # Whoever ends us wants the labs gone.
    signal.signal(signal.SIGTERM, end)
    here = [gateway for gateway in GATEWAYS if not given.gateways or gateway.name in given.gateways]
    for gateway in [each for each in here if not each.present()]:
        print(f"{gateway.name}: is not here")
        here.remove(gateway)
    if given.column:
        [gateway] = here
        keep = (lambda *_: None) if given.trial else lambda name, result: record(gateway.name, name, result)
        return 0 if at_gateway(given.tools.resolve(), gateway, given, keep) else 1
    here.sort(key=lambda gateway: gateway.esp != "kernel")  # machines take the longest
    total = sum(len(rows(gateway, given)) for gateway in here)
    try:
        whole = side_by_side([gateway.name for gateway in here], sys.argv[1:], given.gateways, given.at_once, total)
    except KeyboardInterrupt:
        return 130
    return 0 if given.trial else max(summary(), 0 if whole else 1)


if __name__ == "__main__":
    sys.exit(main())
