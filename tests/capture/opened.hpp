#pragma once
// Captures under samples/, opened with keys, and what came of it.
#include "libike/capture/capture_file.hpp"
#include "libike/capture/tracker.hpp"
#include "tests/catch.hpp"

namespace ike::testing {

inline const std::string samples = std::string{IKE_SOURCE_DIR} + "/tests/capture/samples/";

struct Opened {
    std::size_t ike = 0, ike_good = 0, esp = 0, esp_good = 0;
    std::vector<std::pair<std::string, IcvState>> checks;
    std::vector<std::string> obstacles;
    std::size_t bad = 0;  ///< packets whose ICV is said to be wrong
    std::ptrdiff_t count(std::string_view obstacle) const { return std::ranges::count(obstacles, obstacle); }
};

/// Opens a sample; frames whose numbers `without` has are left out.
inline Opened open_all(const std::string& capture, KeyStore keys,
                       const std::vector<std::uint64_t>& without = {}) {
    Tracker tracker{std::move(keys)};
    auto file = CaptureFile::open(samples + capture);
    REQUIRE(file);
    Opened opened;
    while (const auto frame = file->next()) {
        if (std::ranges::find(without, frame->number) != without.end()) continue;
        const auto& seen = tracker.observe(*frame);
        if (seen.what.kind == Kind::ike && seen.ike.decrypted) {
            ++opened.ike;
            opened.ike_good += seen.ike.integrity == IcvState::good ? 1 : 0;
            opened.bad += seen.ike.integrity == IcvState::bad ? 1 : 0;
            for (const auto& each : seen.ike.checks)
                opened.checks.emplace_back(std::string{each.what}, each.result);
            if (!seen.ike.obstacle.empty()) opened.obstacles.push_back(seen.ike.obstacle.text());
        } else if (seen.what.kind == Kind::esp) {
            ++opened.esp;
            opened.esp_good += seen.esp.integrity == IcvState::good ? 1 : 0;
            opened.bad += seen.esp.integrity == IcvState::bad ? 1 : 0;
            if (!seen.esp.obstacle.empty()) opened.obstacles.push_back(seen.esp.obstacle.text());
        }
    }
    return opened;
}

inline KeyStore keys_of(const std::string& log) {
    KeyStore keys;
    REQUIRE(keys.load(samples + log));
    CHECK(keys.remarks().empty());
    return keys;
}

}  // namespace ike::testing
