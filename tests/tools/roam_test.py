#!/usr/bin/env python3
"""ikeroam and ikebench on loopback, against ikectl serve and against themselves.

usage: roam_test.py TOOLS-FOLDER CASE
"""
import json
import re

from live import good, main


def objects(outcome, kind=None):
    found = [json.loads(line) for line in outcome.stdout.splitlines()]
    return [each for each in found if kind is None or each["event"] == kind]


def roam(bench, gateway, *arguments, via=("127.0.0.2", "127.0.0.3")):
    ways = [word for address in via for word in ("--via", address)]
    return bench.run("ikeroam", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk", *ways,
                     "--probe-interval", "20", *arguments)


def case_moves_and_says_what_each_cost(bench):
    gateway = bench.serve()
    said = good(roam(bench, gateway, "--count", "3", "--interval", "0.4")).stdout
    rows = [line for line in said.splitlines() if re.match(r" +\d 127\.0\.0\.", line)]
    assert len(rows) == 3, said
    assert all("echoed" in row and " ms " in row for row in rows), said
    assert "3 moves, 0 failed; one IKE SA throughout" in said, said
    assert re.search(r"^127\.0\.0\.3  .*[#█]", said, re.M), "a timeline: " + said
    heard = gateway.output.read_text()
    assert len(re.findall(r"127\.0\.0\.3", heard)) > 0, heard


def case_every_move_is_an_object(bench):
    gateway = bench.serve()
    outcome = good(roam(bench, gateway, "--count", "4", "--interval", "0.3", "--json"))
    moves = objects(outcome, "move")
    assert [move["number"] for move in moves] == [1, 2, 3, 4]
    assert [move["to"] for move in moves] == ["127.0.0.3", "127.0.0.2"] * 2
    for move in moves:
        assert move["ok"] and move["returned"] is True and move["attempts"] >= 1, move
        assert move["path"]["local"].startswith(move["to"] + ":"), move
        assert move["round_trip_ms"] > 0 and move["probes"]["sent"] > 0, move
    (summary,) = objects(outcome, "summary")
    assert summary["moves"] == 4 and summary["failed"] == 0 and summary["sa_lost"] is None, summary
    assert summary["child_rekeys"] == 0 and summary["ike_rekeys"] == 0, summary
    assert summary["probes"]["answered"] > 0 and summary["probes"]["lost_outside"] == 0, summary
    assert summary["update_ms"]["count"] == 4, summary


def case_a_capture_of_a_roam_shows_it(bench):
    gateway = bench.serve()
    good(roam(bench, gateway, "--count", "2", "--interval", "0.3", "--capture", "roam.pcapng", "--keylog", "keys"))
    packets = [json.loads(line) for line in good(bench.run("ikedump", "--json", "--keys", "keys", "roam.pcapng")).stdout.splitlines()]
    updates = [packet for packet in packets if '"UPDATE_SA_ADDRESSES"' in json.dumps(packet) and not packet["response"]]
    assert [packet["src"].rsplit(":", 1)[0] for packet in updates] == ["127.0.0.3", "127.0.0.2"], updates
    assert all(packet["integrity"] == "good" for packet in packets if packet["kind"] == "ike" and packet["decrypted"] is not None)


def case_an_address_that_is_not_ours_fails_its_move(bench):
    gateway = bench.serve()
    outcome = roam(bench, gateway, "--count", "2", "--interval", "0.3", "--json", via=("127.0.0.2", "192.0.2.77"))
    assert outcome.returncode == 1, outcome
    moves = objects(outcome, "move")
    assert not moves[0]["ok"] and "192.0.2.77" in moves[0]["problem"], moves


def case_a_gateway_without_mobike_is_named(bench):
    gateway = bench.serve("--no-mobike")
    outcome = roam(bench, gateway)
    assert outcome.returncode == 1, outcome
    assert "does not speak MOBIKE" in outcome.stderr, outcome.stderr


def case_a_silent_gateway_ends_by_its_timeout(bench):
    outcome = bench.run("ikeroam", "127.0.0.1", "--port", "9", "--id", "me.example", "--psk-file", "psk", "--via", "127.0.0.2",
                        "--via", "127.0.0.3", "--timeout", "1")
    assert outcome.returncode == 1 and "ikeroam: " in outcome.stderr, outcome


def case_one_way_is_no_choice(bench):
    outcome = bench.run("ikeroam", "127.0.0.1", "--via", "127.0.0.2")
    assert outcome.returncode == 2 and "at least two --via" in outcome.stderr, outcome


def case_bench_measures_itself(bench):
    said = good(bench.run("ikebench", "roam", "--self", "--count", "5", "--interval", "100")).stdout
    assert "5 of 5 moves came about" in said, said
    row = re.search(r"^update latency +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", said, re.M)
    values = [float(value) for value in row.groups()]
    assert values == sorted(values) and values[0] > 0, said


def case_bench_says_it_in_json(bench):
    outcome = good(bench.run("ikebench", "roam", "--self", "--count", "4", "--interval", "100", "--json"))
    (summary,) = objects(outcome, "summary")
    assert summary["update_ms"]["count"] == 4 and "in this process" in summary["gateway"], summary
    assert summary["probe"]["interval_ms"] == 5 and summary["probes"]["sent"] > 0, summary
    assert len(objects(outcome, "move")) == 4


def case_a_seeded_bench_repeats_its_keys(bench):
    def spis():
        outcome = good(bench.run("ikebench", "roam", "--self", "--count", "1", "--interval", "50", "--json", "--seed", "7"))
        up = objects(outcome, "ike_established")[-1]
        return {name: value for name, value in up.items() if name.startswith("spi") or name in ("ispi", "rspi")}

    first, second = spis(), spis()
    assert first and first == second, (first, second)


if __name__ == "__main__":
    main(globals())
