// Any text as a display filter; what parses is asked about every packet of a conversation.
#include "libike/render/filter.hpp"

#include "tests/conversation.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const testing::Conversation talk;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    auto filter = Filter::parse(text);
    if (!filter) return to_string(filter.error(), text).empty() ? 1 : 0;
    // Opening the packets again and again would leave little time for filters.
    static Tracker tracker{talk.keys(testing::Conversation::Known::ike)};
    std::uint64_t frame = 0;
    for (const std::size_t i : {2u, 4u}) {
        const auto& packet = talk.packets()[i];
        (void)filter->matches(
            tracker.observe({++frame, {}, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())}));
    }
    return 0;
}
