// Texts of people and files: proposals, traffic selectors, identities, names and key log lines. The first
// octet says which.
#include <cstdlib>

#include "libike/sa/auth.hpp"
#include "libike/sa/distinguished_name.hpp"
#include "libike/sa/key_log.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace {

using namespace ike;

void proposals(ProtocolId protocol, std::string_view text) {
    const auto parsed = parse_proposals(protocol, text, Unsupported::allow);
    if (!parsed) return;
    for (const auto& proposal : *parsed) {
        const auto again = parse_transforms(protocol, to_string(proposal));
        if (!again || again->transforms != proposal.transforms) std::abort();
        static_cast<void>(ike_suite(proposal));
        static_cast<void>(esp_suite(proposal));
    }
    // What is acceptable to oneself is a valid answer.
    if (const auto answer = choose(*parsed, *parsed); answer && !is_valid_choice(*answer, *parsed))
        std::abort();
}

void selectors(std::string_view text) {
    const auto parsed = parse_selectors(text);
    if (!parsed) return;
    for (const auto& selector : *parsed) {
        const auto again = parse_selector(to_string(selector));
        if (!again || *again != selector) std::abort();
    }
    if (!contains(*parsed, narrow(*parsed, *parsed))) std::abort();
}

void identity(std::string_view text) {
    const auto parsed = Identity::parse(text);
    if (!parsed) return;
    const auto shown = to_string(*parsed);
    for (const char c : shown) {
        if (c >= 0 && c < 0x20) std::abort();
    }
}

void key_line(std::string_view line) {
    const auto parsed = parse_key_line(line);
    if (!parsed || !*parsed) return;
    std::visit(
        [](const auto& record) {
            const auto text = key_log_line(record);
            const auto again = parse_key_line(text);
            if (!again || !*again) std::abort();
            static_cast<void>(wireshark_line(record));
        },
        **parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) return 0;
    const ByteView octets{data + 1, size - 1};
    const std::string_view text{reinterpret_cast<const char*>(octets.data()), octets.size()};
    switch (data[0]) {
        case 'i':
            proposals(ProtocolId::ike, text);
            break;
        case 'e':
            proposals(ProtocolId::esp, text);
            break;
        case 't':
            selectors(text);
            break;
        case 'n':
            identity(text);
            break;
        case 'd':
            static_cast<void>(dn_from_text(text));
            static_cast<void>(dn_text(octets));
            static_cast<void>(is_same_dn(octets, octets));
            break;
        case 'k':
            key_line(text);
            break;
        default:
            break;
    }
    return 0;
}
