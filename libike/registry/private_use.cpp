#include "libike/registry/private_use.hpp"

#include <fmt/format.h>

namespace ike {
namespace {

template <class Code>
std::string with_uses(Code code, const std::string& uses) {
    if (uses.empty() || !name(code).empty()) return to_string(code);
    return fmt::format("PRIVATE USE ({}{})", static_cast<unsigned>(code), uses);
}

}  // namespace

std::string describe(NotifyType type) {
    std::string uses;
    const auto add = [&](std::string_view vendor, const auto& table) {
        if (const auto* entry = table.find(type)) uses += fmt::format(", {}: {}", vendor, entry->name);
    };
    add("3GPP", notify_types_3gpp);
    add("strongSwan", notify_types_strongswan);
    add("libreswan", notify_types_libreswan);
    return with_uses(type, uses);
}

std::string describe(ConfigAttribute attribute) {
    const auto* entry = private_config_attributes.find(attribute);
    return with_uses(attribute,
                     entry ? fmt::format(", {}: {}", entry->reference, entry->name) : std::string{});
}

}  // namespace ike
