#include "libike/sa/auth_methods.hpp"

namespace ike {
namespace {

/// Methods that no certificate goes with: two octets and no more (RFC 9593 section 3.2.1).
bool is_bare(AuthMethod method) {
    return method == AuthMethod::shared_key_mic || method == AuthMethod::null_authentication ||
           method == AuthMethod::generic_secure_password;
}

}  // namespace

std::vector<AnnouncedMethod> announced_methods(const Notify& notify) {
    std::vector<AnnouncedMethod> all;
    ByteView rest = notify.data;
    while (!rest.empty()) {
        const std::size_t size = rest.front();
        if (size < 2 || size > rest.size()) break;
        AnnouncedMethod one;
        one.method = static_cast<AuthMethod>(rest[1]);
        if (size > 2) one.cert_link = rest[2];
        if (size > 3) one.algorithm = to_bytes(rest.subspan(3, size - 3));
        rest = rest.subspan(size);
        const bool digital = one.method == AuthMethod::digital_signature;
        const bool whole = is_bare(one.method) || (digital ? !one.algorithm.empty() : size == 3);
        if (whole) all.push_back(std::move(one));
    }
    return all;
}

Payload supported_auth_methods(std::span<const AnnouncedMethod> methods) {
    Writer data;
    for (const auto& each : methods) {
        if (is_bare(each.method)) {
            data.number(std::uint8_t{2}).code(each.method);
            continue;
        }
        data.number(static_cast<std::uint8_t>(3 + each.algorithm.size()))
            .code(each.method)
            .number(each.cert_link);
        data.octets(each.algorithm);
    }
    return notify(NotifyType::supported_auth_methods, data.take());
}

}  // namespace ike
