// What is remembered of octets that come again is what would have been written.
#include "libike/render/known_texts.hpp"

#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/line.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

/// An IKE_AUTH request's payloads, some of which differ from message to message.
Message message(std::uint8_t number) {
    Proposal proposal;
    proposal.protocol = ProtocolId::esp;
    proposal.spi = {0, 0, 1, number};
    proposal.transforms.push_back(
        Transform::with_key_length(TransformType::encr, 20, number % 2 ? 256 : 128));
    TsPayload ts;
    ts.selectors.push_back({TsType::ipv4_addr_range,
                            0,
                            0,
                            65535,
                            *Address::parse("10.0.0.0"),
                            *Address::parse("10.0.0.255"),
                            {}});
    Notify strange;
    strange.type = static_cast<NotifyType>(40000 + number % 3);
    auto odd = payload(PayloadType::notify, Opaque{{1}});  // too short
    return {{},
            {payload(PayloadType::idi, IdPayload{IdType::fqdn, {}, to_bytes("gw")}),
             payload(SaPayload{{proposal, proposal}}), payload(PayloadType::tsi, ts),
             payload(PayloadType::tsr, ts), payload(NoncePayload{{number}}), payload(strange),
             notify(NotifyType::mobike_supported), std::move(odd)}};
}

template <class... Known>
std::string json(const PayloadChain& chain, Known&... known) {
    TextBuffer out;
    JsonFields fields{out, known...};
    fields.open("", "");
    describe(chain, {}, fields);
    fields.close();
    return {out.data(), out.size()};
}

}  // namespace

TEST_CASE("JSON and lines are the same from octets, from values, and when remembered", "[render]") {
    KnownTexts known{4};  // few places, so that texts give way
    TextCache cache;
    for (int i = 0; i < 40; ++i) {
        const auto octets = write_message(message(static_cast<std::uint8_t>(i % 5)));
        PayloadChain lying;
        REQUIRE(!read_payloads(*read_header(octets), octets, lying));
        const auto values = lying.payloads();
        const PayloadChain held{{values.begin(), values.end()}};
        const auto plain = json(held);
        CHECK(json(lying) == plain);
        CHECK(json(lying, known) == plain);
        TextBuffer from_octets, from_values;
        put_payloads(from_octets, lying, cache);
        put_payloads(from_values, values);
        CHECK(std::string_view{from_octets.data(), from_octets.size()} ==
              std::string_view{from_values.data(), from_values.size()});
    }
}
