// Messages that others made, as they are, cut short and damaged.
#include "tests/wire/samples.hpp"

#include <fmt/ranges.h>

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace ike::test;

namespace {

/// What tshark lists of a payload: its type, and those of proposals (2) and transforms (3) inside.
void list(const Payload& payload, Sample& seen) {
    seen.types.push_back(static_cast<unsigned>(payload.type));
    seen.lengths.push_back(static_cast<unsigned>(payload.length));
    if (const auto* body = std::get_if<Notify>(&payload.body)) {
        seen.notifies.push_back(static_cast<unsigned>(body->type));
    }
    const auto* sa = std::get_if<SaPayload>(&payload.body);
    if (sa == nullptr) return;
    for (const auto& proposal : sa->proposals) {
        const auto at = seen.lengths.size();
        auto length = 8 + proposal.spi.size();
        seen.types.push_back(2);
        seen.lengths.push_back(0);
        for (const auto& transform : proposal.transforms) {
            const auto size = 8 + 4 * transform.attributes.size();  // all of the samples' are TV
            seen.types.push_back(3);
            seen.lengths.push_back(static_cast<unsigned>(size));
            length += size;
        }
        seen.lengths[at] = static_cast<unsigned>(length);
    }
}

/// One random damage: an octet or bit changed, octets cut out, put in or repeated.
void damage(Bytes& octets, Rng& rng) {
    const auto at = [&] { return static_cast<std::ptrdiff_t>(rng.below(octets.size())); };
    switch (rng.below(6)) {
        case 0:
            octets[at()] = static_cast<std::uint8_t>(rng.number());
            break;
        case 1:
            octets[at()] ^= static_cast<std::uint8_t>(1u << rng.below(8));
            break;
        case 2:
            octets[at()] = static_cast<std::uint8_t>(octets[at()] + (rng.below(2) == 0 ? 1 : -1));
            break;
        case 3:
            octets.erase(octets.begin() + at());
            break;
        case 4:
            octets.insert(octets.begin() + at(), static_cast<std::uint8_t>(33 + rng.below(21)));
            break;
        default:
            octets.resize(octets.size() - rng.below(std::min<std::size_t>(octets.size(), 8)));
            break;
    }
}

}  // namespace

TEST_CASE("messages of others are read as tshark reads them and written as they were", "[wire]") {
    for (const auto& sample : samples()) {
        INFO(sample.name);
        const auto message = parse_message(sample.octets);
        if (!message) FAIL(to_string(message.error()));
        Sample seen;
        for (const auto& payload : message->payloads) {
            CHECK_FALSE(std::holds_alternative<Opaque>(payload.body));
            list(payload, seen);
        }
        CHECK(fmt::format("{}", seen.types) == fmt::format("{}", sample.types));
        CHECK(fmt::format("{}", seen.lengths) == fmt::format("{}", sample.lengths));
        CHECK(fmt::format("{}", seen.notifies) == fmt::format("{}", sample.notifies));
        CHECK(hex(write_message(*message)) == hex(sample.octets));
    }
}

TEST_CASE("every prefix of a message is an error, and read without loss once its length is mended",
          "[wire]") {
    for (const auto& sample : samples()) {
        INFO(sample.name);
        const ByteView whole{sample.octets};
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto prefix = whole.first(size);
            if (parse_message(prefix)) FAIL("a prefix of " << size << " octets was taken for the whole");
            if (const auto lost = loss(with_length(to_bytes(prefix))); !lost.empty()) FAIL(lost);
        }
    }
}

TEST_CASE("every prefix of every body is read without loss or refused with an offset in it", "[wire]") {
    for (const auto& sample : samples()) {
        const auto message = parse_message(sample.octets);
        REQUIRE(message.has_value());
        for (const auto& payload : message->payloads) {
            Writer whole;
            write_body(payload.body, whole);
            for (std::size_t size = 0; size < whole.size(); ++size) {
                const auto prefix = whole.view().first(size);
                const auto body = parse_body(payload.type, PayloadType::none, Reader{prefix, 32});
                if (!body && (body.error().offset < 32 || body.error().offset > 32 + size)) {
                    FAIL(sample.name << ": " << to_string(body.error()));
                }
                Writer out;
                if (body) write_body(*body, out);
                if (body && !equal(out.view(), prefix)) FAIL(sample.name << ": lost " << hex(prefix));
            }
        }
    }
}

TEST_CASE("damaged messages lose nothing that could be taken apart", "[wire]") {
    SeededRng rng{20};
    std::size_t taken_apart = 0;
    for (const auto& sample : samples()) {
        for (int round = 0; round < 2000; ++round) {
            auto octets = sample.octets;
            for (auto times = 1 + rng.below(4); times > 0 && octets.size() > 1; --times) damage(octets, rng);
            if (rng.below(4) != 0) octets = with_length(std::move(octets));
            if (const auto lost = loss(octets); !lost.empty()) FAIL(sample.name << ": " << lost);
            const auto read = read_message(octets);
            taken_apart += read && !read->error ? 1 : 0;
        }
    }
    CHECK(taken_apart > 5000);  // else the damage hides the property
}
