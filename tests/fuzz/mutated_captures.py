#!/usr/bin/env python3
"""Every view of ikedump over captures with flipped octets: no crash, no hang, no packet dropped in silence.

usage: mutated_captures.py IKEDUMP RUNS [SEED]

The captures are those of the project and of IKE_CORPUS, most of them with keys. Where octets inside packets changed, --json
must still have an object for each packet. A capture that does wrong is kept, and its name and the command are printed; exit 1
then. For a build with sanitizers; not run by ctest."""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGEST = 150_000
VIEWS = [["--json"], ["--tree"], ["--ladder"], ["--stats"], [], ["--stats", "--json"], ["--diagnose"], ["--diagnose", "--json"],
         ["--html", "OUT"], ["-w", "OUT"], ["--write-plain", "OUT"], ["--export-keys", "OUT.keys"], ["--anonymise", "OUT"],
         ["-Y", "finding == weak-crypto || notify == COOKIE2 || inner.port == 5 || ts contains 10"], ["--follow", "c1a9656b"]]


def packets(octets):
    """Where packets are in a pcap or pcapng file: offset and length."""
    found, little = [], "<"
    if octets[:4] == b"\n\r\r\n":
        at, little = 0, "<" if octets[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        while at + 12 <= len(octets):
            kind, length = struct.unpack_from(little + "II", octets, at)
            if length < 12 or at + length > len(octets):
                break
            if kind == 6:
                found.append((at + 28, struct.unpack_from(little + "I", octets, at + 20)[0]))
            at += length
        return found
    little = "<" if octets[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(octets):
        length = struct.unpack_from(little + "I", octets, at + 8)[0]
        if at + 16 + length > len(octets):
            break
        found.append((at + 16, length))
        at += 16 + length
    return found


def mutate(octets, inside, rng):
    """Up to sixty octets changed; where `inside` are packets, only in those, and mostly where headers are."""
    for _ in range(rng.choice([1, 2, 5, 20, 60])):
        at, length = rng.choice(inside) if inside else (0, len(octets))
        if length == 0:
            continue
        near = inside and rng.random() < 0.7
        at += min(length - 1, int(rng.expovariate(1 / 60))) if near else rng.randrange(length)
        octets[at] = rng.choice([0, 255, octets[at] ^ (1 << rng.randrange(8)), rng.randrange(256)])


def complaint(command, expected):
    """What is wrong with how ikedump took it; nothing where all is well."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode not in (0, 1, 3) or b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        return f"exit {done.returncode}: {done.stderr[-1500:].decode(errors='replace')}"
    if expected and {json.loads(line)["frame"] for line in done.stdout.splitlines()} != set(range(1, expected + 1)):
        return f"packets are missing, of {expected}: {done.stderr[-300:].decode(errors='replace')}"
    return None


def main() -> int:
    tool, runs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng, wrong, work = random.Random(seed), 0, pathlib.Path(tempfile.mkdtemp())
    files = sorted((ROOT / "captures").glob("*/*.pcapng"))
    if corpus := os.environ.get("IKE_CORPUS"):
        files += [each for each in sorted(pathlib.Path(corpus).glob("captures/*/*")) if each.suffix in (".pcap", ".pcapng", ".cap")]
    files = [each for each in files if each.stat().st_size < LARGEST]
    for number in range(runs):
        file, view = rng.choice(files), rng.choice(VIEWS)
        octets = bytearray(file.read_bytes())
        inside = packets(octets) if rng.randrange(4) else []
        mutate(octets, inside, rng)
        mutated = work / "mutated.pcapng"
        mutated.write_bytes(octets)
        keys = ["--keys", str(file.parent / "keys")] if (file.parent / "keys").is_dir() and rng.random() < 0.9 else []
        command = [tool, *(word.replace("OUT", str(work / "out")) for word in view), *keys, str(mutated)]
        if why := complaint(command, len(inside) if view == ["--json"] else 0):
            wrong += 1
            kept = shutil.copy(mutated, work / f"wrong{number}.pcapng")
            print(f"{kept} (of {file.name}): {' '.join(command)}: {why}", flush=True)
    print(f"{runs} captures, {wrong} taken wrong")
    if not wrong:
        shutil.rmtree(work)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
