#include "libike/registry/vendor_id.hpp"

#include <fmt/format.h>

#include "libike/registry/vendor_id_table.hpp"

namespace ike {
namespace {

constexpr std::size_t longest_text = 80;

constexpr int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::size_t size_of(const VendorId& vendor) {
    return vendor.text ? vendor.octets.size() : vendor.octets.size() / 2;
}

std::uint8_t octet_of(const VendorId& vendor, std::size_t i) {
    if (vendor.text) return static_cast<std::uint8_t>(vendor.octets[i]);
    return static_cast<std::uint8_t>(digit(vendor.octets[2 * i]) * 16 + digit(vendor.octets[2 * i + 1]));
}

bool agrees(const VendorId& vendor, ByteView payload) {
    const auto size = size_of(vendor);
    if (payload.size() < size || (vendor.match == VendorId::Match::exact && payload.size() != size))
        return false;
    for (std::size_t i = 0; i < size; ++i) {
        if (octet_of(vendor, i) != payload[i]) return false;
    }
    return true;
}

/// The characters, or nothing if one of them cannot be printed.
std::optional<std::string> printable(ByteView octets) {
    for (const auto octet : octets) {
        if (octet < 0x20 || octet > 0x7e) return std::nullopt;
    }
    return std::string{octets.begin(), octets.end()};
}

}  // namespace

std::span<const VendorId> vendor_ids() { return detail::vendor_id_table; }

const VendorId* find_vendor_id(ByteView payload) {
    const VendorId* best = nullptr;
    for (const auto& vendor : detail::vendor_id_table) {
        if (agrees(vendor, payload) && (!best || size_of(vendor) > size_of(*best))) best = &vendor;
    }
    return best;
}

std::string vendor_id_text(ByteView payload) {
    const auto* known = find_vendor_id(payload);
    std::string text;
    if (!known || known->text) {
        text = printable(payload).value_or(known ? std::string{known->name} : std::string{});
    } else {
        const auto rest = payload.subspan(size_of(*known));
        text = rest.empty() ? std::string{known->name}
                            : fmt::format("{} ({})", known->name,
                                          hex(rest.first(std::min(rest.size(), std::size_t{16}))));
    }
    if (text.size() > longest_text) text.resize(longest_text);
    return text;
}

}  // namespace ike
