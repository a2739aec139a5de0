#!/usr/bin/env python3
"""ikedump in a pipe and on a terminal.

usage: ikedump_test.py TOOLS-FOLDER CASE
"""
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import time

from live import main

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)  # LINKTYPE_RAW


def esp_record(sequence):
    """A pcap record of an IPv4 packet with ESP in it."""
    esp = struct.pack(">II", 0xC0FFEE01, sequence) + bytes(24)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(esp), 0, 0, 64, 50, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    return struct.pack("<IIII", 1700000000, sequence, len(ip + esp), len(ip + esp)) + ip + esp


def line_within(descriptor, seconds):
    """What can be read from the descriptor by then, up to a whole line."""
    text = b""
    until = time.monotonic() + seconds
    while not text.endswith(b"\n"):
        left = until - time.monotonic()
        assert left > 0, f"nothing came within {seconds} s, only {text!r}"
        if select.select([descriptor], [], [], left)[0]:
            text += os.read(descriptor, 65536)
    return text.decode()


def case_pipe(bench):
    """Each packet is shown as it comes, while whoever captures goes on."""
    shown = subprocess.Popen([bench.tools / "ikedump", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    shown.stdin.write(PCAP_HEADER)
    for sequence in (1, 2, 3):
        shown.stdin.write(esp_record(sequence))
        shown.stdin.flush()
        line = line_within(shown.stdout.fileno(), 20)
        assert line.count("\n") == 1 and f"ESP spi=0xc0ffee01 seq={sequence}" in line, f"packet {sequence}: {line!r}"
    # Half a record waits for its other half.
    whole = esp_record(4)
    shown.stdin.write(whole[:30])
    shown.stdin.flush()
    assert not select.select([shown.stdout], [], [], 0.3)[0], "half a record was shown"
    shown.stdin.write(whole[30:])
    shown.stdin.flush()
    assert "seq=4" in line_within(shown.stdout.fileno(), 20), "the fourth packet"
    shown.stdin.close()
    assert shown.stdout.read() == b"" and shown.wait(20) == 0, "the end of the pipe"


def case_progress(bench):
    """Rate and time left on a terminal, when the work takes longer than a second and its output goes elsewhere."""
    capture = bench.folder / "long.pcap"
    with open(capture, "wb") as file:
        file.write(PCAP_HEADER)
        for sequence in range(1, 20001):
            file.write(esp_record(sequence))
    ours, theirs = pty.openpty()
    reader = subprocess.Popen([bench.tools / "ikedump", capture], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    time.sleep(1.3)  # the pipe is full, and a second is over
    lines = reader.stdout.read().count(b"\n")
    assert reader.wait(60) == 0 and lines == 20000, f"{lines} lines"
    said = b""
    while select.select([ours], [], [], 1)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # nobody holds the other end any more
            break
        if not part:
            break
        said += part
    text = said.decode()
    assert "% of" in text and "MiB/s" in text and "s left" in text, f"on the terminal: {text!r}"
    assert text.endswith("\x1b[K"), "the line is wiped away at the end"


def case_findings(bench):
    """A filter for a finding matches every packet that it concerns, and knows no finding that does not exist."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "captures"

    def run(*arguments):
        return subprocess.run([bench.tools / "ikedump", *arguments], capture_output=True, text=True, timeout=60)

    def matched(case, file, finding):
        done = run("--json", "--keys", folder / case / "keys", "-Y", f"finding == {finding}", folder / case / file)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    copies = matched("esp-duplicates", "client.pcapng", "esp-duplicates")
    assert len(copies) == 20 and {each["spi"] for each in copies} == {"b4be559e"}, f"{len(copies)} copies"
    flood = matched("half-open-flood", "gateway.pcapng", "half-open-flood")
    assert len(flood) == 62, f"{len(flood)} of the flood"
    left = matched("esp-on-old-path", "gateway.pcapng", "esp-on-old-path")
    stale = [each for each in left if each["kind"] == "esp"]
    assert len(stale) == 20 and all(each["dst"] == "192.0.2.2:4500" for each in stale), f"{len(stale)} on the old path"
    unknown = run("-Y", "finding == esp-duplicate", folder / "esp-duplicates" / "client.pcapng")
    assert unknown.returncode == 2 and "nearest: esp-duplicates" in unknown.stderr, unknown.stderr
    piped = run("-Y", "finding == esp-loss", "-")
    assert piped.returncode == 2 and "whole capture" in piped.stderr, piped.stderr
    remark = run("-Y", "finding == reserved-bits", "-")
    assert remark.returncode == 3, "a remark about a packet can be asked of a pipe"


def case_additional_key_exchanges(bench):
    """Keys from our key log open what two strongSwan 6 agreed on with ML-KEM: after IKE_INTERMEDIATE, and after IKE_FOLLOWUP_KE
    for the Child SA and for the IKE SA. With the keys of one stage alone it is said which are missing."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "captures" / "strongswan6-mlkem"
    log = (folder / "keys" / "ike.keys").read_text().splitlines()

    def shown(lines):
        keys = bench.folder / "some.keys"
        keys.write_text("\n".join(lines) + "\n")
        done = subprocess.run([bench.tools / "ikedump", "--json", "--ipsec", "--keys", keys, folder / "client.pcapng"],
                              capture_output=True, text=True, timeout=60, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    packets = shown(log)
    followups = [each for each in packets if each.get("exchange") == "IKE_FOLLOWUP_KE"]
    assert len(followups) == 6, f"{len(followups)} messages of IKE_FOLLOWUP_KE"
    closed = [each["frame"] for each in packets if each.get("decrypted") is False or each.get("integrity") == "bad"]
    assert not closed, f"frames {closed} stay closed"
    assert sum(each["kind"] == "esp" for each in packets) == 40, "ESP of both Child SAs"
    after_intermediate = [line for line in log if line.startswith("ike ")][1]
    why = {each["obstacle"] for each in shown([after_intermediate]) if each.get("obstacle")}
    assert any("Child SA created at frame 30 with PFS" in each for each in why), why
    assert any("IKE SA rekeyed at frame 47 with PFS" in each for each in why), why

    first_only = shown([line for line in log if line.startswith("ike ")][1:2])
    sentence = {each["obstacle"] for each in first_only if each["frame"] > 31 and each.get("obstacle")}
    assert any("IKE_FOLLOWUP_KE at frame" in each and "both exchanges" in each for each in sentence), sentence


def case_several_captures(bench):
    """Packets of several captures say which one they are from; those of one alone say nothing of the kind."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "captures" / "healthy-roam"
    ends = [folder / "client.pcapng", folder / "gateway.pcapng"]

    def run(*arguments):
        done = subprocess.run([bench.tools / "ikedump", *arguments], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.splitlines()

    counts = [len(run(each)) for each in ends]
    packets = [json.loads(line) for line in run("--json", *ends)]
    assert [each["frame"] for each in packets] == list(range(1, sum(counts) + 1)), "frames are numbered through"
    for file, count in enumerate(counts):
        here = [each["frame_in_file"] for each in packets if each["file"] == file]
        assert here == list(range(1, count + 1)), f"frames of file {file}: {here}"
    lines = run(*ends)
    assert lines[:2] == [f"file {file}: {path}" for file, path in enumerate(ends)], lines[:2]
    wanted = [f"{each['frame']} {each['file']}:{each['frame_in_file']} " for each in packets]
    assert all(line.startswith(start) for line, start in zip(lines[2:], wanted, strict=True)), lines[2]
    ladder = run("--ladder", *ends)
    assert ladder[:2] == lines[:2] and " frame file" in ladder[2] and " 0:" in ladder[3], ladder[:4]
    tree = "\n".join(run("--tree", *ends))
    assert tree.startswith(lines[0]) and "Frame there: 1" in tree, tree[:200]
    alone = json.loads(run("--json", ends[0])[0])
    assert "file" not in alone and not run(ends[0])[0].startswith("file") and run(ends[0])[0].split()[1] == "0.000000"


def case_interrupted(bench):
    """An interrupt ends the waiting for a pipe that says nothing any more, and what was seen is still counted."""
    reading, writing = os.pipe()
    os.write(writing, PCAP_HEADER + esp_record(1) + esp_record(2))
    process = subprocess.Popen([bench.tools / "ikedump", "--stats", "-"], stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    time.sleep(0.5)  # for the two packets to be read; it then waits
    process.send_signal(signal.SIGINT)
    out, remarks = process.communicate(timeout=20)
    os.close(writing)
    os.close(reading)
    assert process.returncode == 0, f"exit {process.returncode}: {remarks}"
    assert "2 packets" in out, out


def case_interrupted_live(bench):
    """So does an interrupt on an interface where nothing comes by."""
    process = subprocess.Popen([bench.tools / "ikedump", "-i", "lo", "--bpf", "udp port 1 and udp port 2"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    if process.poll() is not None and "permission" in process.stderr.read():
        sys.exit(77)
    process.send_signal(signal.SIGINT)
    _, remarks = process.communicate(timeout=20)
    assert process.returncode == 0, f"exit {process.returncode}: {remarks}"


def case_full_disk(bench):
    """What cannot be written is no success, in any view."""
    capture = bench.folder / "two.pcap"
    capture.write_bytes(PCAP_HEADER + esp_record(1) + esp_record(2))
    for view in ([], ["--json"], ["--tree"], ["--ladder"], ["--stats"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([bench.tools / "ikedump", *view, capture], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                                  check=False)
        assert done.returncode == 3, f"{view}: exit {done.returncode}"
        assert "No space left" in done.stderr, f"{view}: {done.stderr}"


if __name__ == "__main__":
    main(globals())
