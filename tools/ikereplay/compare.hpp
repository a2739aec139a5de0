#pragma once
// How a live message differs from a captured one, apart from what must differ.
#include <string>
#include <vector>

#include "libike/wire/message.hpp"

/// What a payload is called: "SA", "KE", "N(COOKIE)".
std::string payload_label(const ike::Payload& payload);
/// The differences in words; none: the same payloads saying the same. SPIs, nonces, public values, AUTH data,
/// hashes and cookies are fresh in every run and not compared, the order of payloads neither.
std::vector<std::string> compare(const ike::Message& captured, const ike::Message& live);
