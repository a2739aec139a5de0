#!/usr/bin/env python3
"""ikereplay on loopback: a capture made by ikeroam, sent to another gateway.

usage: replay_test.py TOOLS-FOLDER CASE
"""
import json

from live import PSK, good, main, refused


def recorded(bench):
    """A roam of two moves in roam.pcapng, its keys in keys/."""
    gateway = bench.serve()
    good(bench.run("ikeroam", gateway.address, *gateway.ports, "--id", "me.example", "--remote-id", "gw.example", "--psk-file",
                   "psk", "--via", "127.0.0.2", "--via", "127.0.0.3", "--count", "2", "--interval", "0.3", "--capture", "roam.pcapng",
                   "--keylog", "keys"))
    assert bench.interrupt(gateway) == 0


def objects(outcome, kind):
    return [each for each in map(json.loads, outcome.stdout.splitlines()) if each["event"] == kind]


def case_octets_reach_the_gateway_as_they_were(bench):
    recorded(bench)
    gateway = bench.serve("--capture", "seen.pcapng")
    outcome = bench.run("ikereplay", "roam.pcapng", "127.0.0.1", *gateway.ports, "--speed", "10", "--wait", "0.5", "--json")
    assert outcome.returncode == 1, "IKE_AUTH cannot be answered: " + outcome.stdout
    sent, answers = objects(outcome, "sent"), objects(outcome, "answer")
    assert [each["exchange"] for each in sent if not each["response"]] == ["IKE_SA_INIT", "IKE_AUTH"] + ["INFORMATIONAL"] * 3, sent
    assert [each["exchange"] for each in answers] == ["IKE_SA_INIT"] and answers[0]["same"], answers
    assert bench.interrupt(gateway) == 0

    def messages(file, host):
        packets = map(json.loads, good(bench.run("ikedump", "--json", file)).stdout.splitlines())
        return [(packet["ispi"], packet["message_id"], packet["length"], json.dumps(packet["payloads"]))
                for packet in packets if packet["kind"] == "ike" and packet["initiator"]]

    # Byte for byte: even what NAT detection says of it is that of the captured path, so only that verdict may differ.
    def plain(list_):
        return [(spi, number, length) for spi, number, length, _ in list_]
    assert plain(messages("roam.pcapng", "127.0.0.2")) == plain(messages("seen.pcapng", "127.0.0.1"))


def case_rekeyed_holds_the_same_exchanges(bench):
    recorded(bench)
    gateway = bench.serve()
    outcome = good(bench.run("ikereplay", "--rekeyed", "--keys", "keys", "roam.pcapng", "127.0.0.1", *gateway.ports, "--psk-file",
                             "psk", "--local", "127.0.0.2", "--local", "127.0.0.3", "--speed", "5", "--json"))
    exchanges = objects(outcome, "exchange")
    assert [each["exchange"] for each in exchanges] == ["IKE_SA_INIT", "IKE_AUTH"] + ["INFORMATIONAL"] * 3, exchanges
    assert all(each["answered"] and each["same"] for each in exchanges), exchanges
    assert all(each["request_differences"] == [] for each in exchanges), exchanges
    heard = gateway.output.read_text()
    assert "established with me.example" in heard and "127.0.0.3" in heard and "deleted the IKE SA" in heard, heard


def case_rekeyed_shows_what_another_gateway_says(bench):
    recorded(bench)
    gateway = bench.serve("--no-mobike", "--esp-proposal", "aes128gcm16")
    outcome = bench.run("ikereplay", "--rekeyed", "--keys", "keys", "roam.pcapng", "127.0.0.1", *gateway.ports, "--psk-file", "psk",
                        "--speed", "5", "--json")
    assert outcome.returncode == 1, outcome
    auth = objects(outcome, "exchange")[1]
    assert "live lacks N(MOBIKE_SUPPORTED)" in auth["answer_differences"], auth
    assert any("aes128gcm16" in each and "aes256gcm16" in each for each in auth["answer_differences"]), auth


def case_rekeyed_with_a_wrong_secret_is_refused(bench):
    recorded(bench)
    gateway = bench.serve()
    bench.write("other", PSK + "?\n")
    outcome = bench.run("ikereplay", "--rekeyed", "--keys", "keys", "roam.pcapng", "127.0.0.1", *gateway.ports, "--psk-file", "other",
                        "--speed", "5")
    assert outcome.returncode == 1 and "live adds N(AUTHENTICATION_FAILED)" in outcome.stdout, outcome


def case_what_cannot_be_read_is_named(bench):
    refused(bench.run("ikereplay", "nothing.pcapng", "127.0.0.1"), 3, "nothing.pcapng")
    recorded(bench)
    outcome = bench.run("ikereplay", "--rekeyed", "roam.pcapng", "127.0.0.1")
    assert outcome.returncode == 2 and "--keys" in outcome.stderr, outcome
    bench.write("empty", "")
    outcome = bench.run("ikereplay", "--rekeyed", "--keys", "empty", "roam.pcapng", "127.0.0.1", "--psk-file", "psk")
    assert outcome.returncode == 3 and "cannot be decrypted" in outcome.stderr, outcome


if __name__ == "__main__":
    main(globals())
