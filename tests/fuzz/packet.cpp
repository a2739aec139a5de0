// One frame: the first octet chooses the link layer, the rest is the frame.
#include "libike/capture/tracker.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/line.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr LinkType links[] = {
        LinkType::raw,   LinkType::ethernet,  LinkType::null,     LinkType::linux_sll, LinkType::linux_sll2,
        LinkType::ppp,   LinkType::ieee80211, LinkType::radiotap, LinkType::ppi,       LinkType::pktap,
        LinkType::nflog, LinkType::pflog,     LinkType::pppoe,    LinkType::ppp_pppd};
    const auto link = links[data[0] % std::size(links)];
    Tracker tracker{KeyStore{}};
    const auto& seen =
        tracker.observe({1, {}, link, {data + 1, size - 1}, static_cast<std::uint32_t>(size - 1)});
    TextBuffer out;
    LineWriter lines{Colour::ansi};
    lines.put_line(out, seen);
    JsonFields json{out};
    describe(seen, json);
    return 0;
}
