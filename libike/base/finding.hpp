#pragma once
// A remark on someone's message: what is unusual or against the RFC, where, and what says so.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ike {

enum class Severity : std::uint8_t {
    note,     ///< unusual, allowed
    warning,  ///< against a SHOULD, or weak
    error,    ///< against a MUST
};
constexpr std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::note:
            break;
    }
    return "note";
}

struct Finding {
    std::string_view id;  ///< stable, as "reserved-bits"; always a literal
    Severity severity{};
    std::size_t offset = 0;  ///< in the datagram, of what the remark is about
    std::string message;
    std::string_view reference;  ///< "RFC 7296 section 3.2"; always a literal
};

}  // namespace ike
