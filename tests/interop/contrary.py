#!/usr/bin/env python3
"""A responder that refuses each IKE_SA_INIT with INVALID_KE_PAYLOAD and wants the group that was not sent, to show what
a loop looks like. Only for the namespaces of the lab.

usage: contrary.py ADDRESS
"""
import socket
import struct
import sys

KE, NOTIFY, INIT, RESPONSE = 34, 41, 34, 0x20
INVALID_KE_PAYLOAD = 17
ECP_256, CURVE25519 = 19, 31


def sent_group(request):
    kind, at = request[16], 28
    while kind and at + 8 <= len(request):
        following, length = request[at], struct.unpack_from("!H", request, at + 2)[0]
        if kind == KE:
            return struct.unpack_from("!H", request, at + 4)[0]
        kind, at = following, at + max(length, 4)
    return None


def refusal(request):
    wanted = ECP_256 if sent_group(request) == CURVE25519 else CURVE25519
    notify = struct.pack("!BBHBBHH", 0, 0, 10, 0, 0, INVALID_KE_PAYLOAD, wanted)
    return request[:8] + bytes(8) + struct.pack("!BBBBII", NOTIFY, 0x20, INIT, RESPONSE, 0, 28 + len(notify)) + notify


def main():
    port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port.bind((sys.argv[1], 500))
    while True:
        request, peer = port.recvfrom(65535)
        if len(request) >= 28 and request[18] == INIT:
            port.sendto(refusal(request), peer)


main()
