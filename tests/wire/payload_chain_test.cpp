// Payloads looked at where they lie: nothing else may be seen than what taking them apart gives.
#include "libike/wire/payload_chain.hpp"

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"
#include "tests/wire/samples.hpp"

using namespace ike;
using namespace ike::test;

namespace {

/// Both ways of reading `datagram` agree.
void same(ByteView datagram) {
    const auto values = read_message(datagram);
    const auto header = read_header(datagram);
    REQUIRE(values.has_value() == header.has_value());
    if (!header) return;
    PayloadChain chain;
    CHECK(read_payloads(*header, datagram, chain) == values->error);
    REQUIRE(chain.views().size() == values->message.payloads.size());
    for (std::size_t i = 0; i < chain.views().size(); ++i) {
        const auto& view = chain.views()[i];
        const auto& value = values->message.payloads[i];
        CHECK(view.parse() == value);
        CHECK(view.offset == value.offset);
        CHECK(view.length() == value.length);
        CHECK(view.readable() == !value.error.has_value());
    }
    CHECK(std::ranges::equal(chain.payloads(), values->message.payloads));
}

}  // namespace

TEST_CASE("views of payloads show what their values hold, in messages whole and damaged", "[wire]") {
    SeededRng rng{20261125};
    for (const auto& sample : samples()) {
        INFO(sample.name);
        same(sample.octets);
        for (int i = 0; i < 60; ++i) {
            auto octets = sample.octets;
            for (auto left = 1 + rng.below(3); left > 0; --left)
                octets[rng.below(octets.size())] = static_cast<std::uint8_t>(rng.below(256));
            same(octets);
        }
    }
}

TEST_CASE("a chain finds bodies and notifications, and is used again", "[wire]") {
    const Message message{
        {},
        {payload(NoncePayload{to_bytes("nonce")}), notify(NotifyType::cookie, to_bytes("biscuit")),
         notify(NotifyType::mobike_supported)}};
    const auto octets = write_message(message);
    PayloadChain chain;
    REQUIRE(!read_payloads(*read_header(octets), octets, chain));
    CHECK(chain.body<NoncePayload>(PayloadType::nonce)->data == to_bytes("nonce"));
    CHECK(!chain.body<KePayload>(PayloadType::ke));
    CHECK(equal(chain.notification(NotifyType::cookie).value(), to_bytes("biscuit")));
    CHECK(chain.notification(NotifyType::mobike_supported)->empty());
    CHECK(!chain.notification(NotifyType::cookie2));
    CHECK(chain.payloads().size() == 3);
    chain.read(PayloadType::none, {}, 0);
    CHECK(chain.empty());
    CHECK(chain.payloads().empty());
}
