#include "libike/render/filter_fields.hpp"

#include <fmt/format.h>

#include <charconv>

#include "libike/registry/all.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/private_use.hpp"

namespace ike::filter {
namespace {

constexpr Entry entries[] = {
    {"addr", Field::addr, Type::address, "source or destination address, or a network: 192.0.2.0/24"},
    {"auth", Field::auth, Type::code, "authentication method"},
    {"cert", Field::cert, Type::text, "subject of a certificate"},
    {"config", Field::config, Type::code, "configuration attribute"},
    {"critical", Field::critical, Type::flag, "a payload has its critical bit set"},
    {"decrypted", Field::decrypted, Type::flag, "IKE or ESP that was opened"},
    {"dst", Field::dst, Type::address, "destination address"},
    {"dst.port", Field::dst_port, Type::number, "destination port"},
    {"eap", Field::eap, Type::code, "EAP method"},
    {"encr", Field::encr, Type::code, "encryption transform"},
    {"error", Field::error, Type::flag, "could not be read to its end"},
    {"exchange", Field::exchange, Type::code, "exchange type"},
    {"file", Field::file, Type::number, "which of several captures, from 0"},
    {"finding", Field::finding, Type::text, "identifier of a remark or finding"},
    {"fragment", Field::fragment, Type::number, "number of an SKF payload"},
    {"frame", Field::frame, Type::number, "number of the frame"},
    {"icmp.code", Field::icmp_code, Type::number, "ICMP code"},
    {"icmp.type", Field::icmp_type, Type::number, "ICMP type"},
    {"id", Field::id, Type::text, "identity in IDi or IDr"},
    {"initiator", Field::initiator, Type::flag, "from the original initiator"},
    {"inner.addr", Field::inner_addr, Type::address, "address inside ESP or AH"},
    {"inner.dst", Field::inner_dst, Type::address, "destination inside ESP or AH"},
    {"inner.port", Field::inner_port, Type::number, "port inside ESP or AH"},
    {"inner.protocol", Field::inner_protocol, Type::number, "IP protocol inside ESP or AH"},
    {"inner.src", Field::inner_src, Type::address, "source inside ESP or AH"},
    {"integ", Field::integ, Type::code, "integrity transform"},
    {"integrity", Field::integrity, Type::code, "good, bad or unknown: what the ICV says"},
    {"ispi", Field::ispi, Type::hex, "initiator's SPI"},
    {"ke", Field::ke, Type::code, "key exchange method"},
    {"keepalive", Field::keepalive, Type::flag, "NAT keepalive"},
    {"kind", Field::kind, Type::code, "ike, esp, ah, keepalive, icmp or other"},
    {"length", Field::length, Type::number, "octets of the IKE message or ESP packet"},
    {"mid", Field::message_id, Type::number, "Message ID"},
    {"mtu", Field::mtu, Type::number, "MTU in an ICMP error"},
    {"notify", Field::notify, Type::code, "notification"},
    {"path", Field::path, Type::address, "either end: address, address:port or network"},
    {"payload", Field::payload, Type::code, "payload type, those inside SK too"},
    {"port", Field::port, Type::number, "source or destination port"},
    {"prf", Field::prf, Type::code, "pseudorandom function"},
    {"protocol", Field::protocol, Type::number, "IP protocol"},
    {"request", Field::request, Type::flag, "IKE request"},
    {"response", Field::response, Type::flag, "IKE response"},
    {"retransmission", Field::retransmission, Type::number, "how often the message was sent again"},
    {"rspi", Field::rspi, Type::hex, "responder's SPI"},
    {"seq", Field::seq, Type::number, "sequence number of ESP or AH"},
    {"severity", Field::severity, Type::code, "note, warning or error: of a remark"},
    {"spi", Field::spi, Type::hex, "any SPI: of IKE, ESP, AH, in proposals, notifications, Delete"},
    {"src", Field::src, Type::address, "source address"},
    {"src.port", Field::src_port, Type::number, "source port"},
    {"time", Field::time, Type::seconds, "seconds since the first packet"},
    {"ts", Field::ts, Type::text, "traffic selector"},
    {"tunnel", Field::tunnel, Type::text, "GRE, IPIP, GTP-U, VXLAN or another tunnel around the packet"},
    {"udp", Field::udp, Type::flag, "ESP in UDP"},
    {"vendor", Field::vendor, Type::text, "name of a Vendor ID"},
    {"verified", Field::verified, Type::code, "good, bad or unknown: what was verified of a message"},
    {"version", Field::version, Type::number, "major version of IKE"},
};

std::string lower(std::string_view text) {
    std::string out{text};
    for (auto& c : out) c = detail::lower(c);
    return out;
}

std::optional<std::uint64_t> whole_number(std::string_view word) {
    std::uint64_t value = 0;
    const bool is_hex = word.starts_with("0x") || word.starts_with("0X");
    if (is_hex) word.remove_prefix(2);
    const auto [end, failed] =
        std::from_chars(word.data(), word.data() + word.size(), value, is_hex ? 16 : 10);
    if (word.empty() || failed != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

template <class Table>
std::optional<std::uint64_t> in_table(const Table& table, std::string_view word) {
    const auto* entry = table.find(word);
    if (entry == nullptr) return std::nullopt;
    return static_cast<std::uint64_t>(entry->value);
}
template <class Code>
std::optional<std::uint64_t> in_registry(std::string_view word) {
    return in_table(registry_of(Code{}), word);
}

std::optional<std::uint64_t> notify_number(std::string_view word) {
    if (const auto found = in_registry<NotifyType>(word)) return found;
    if (const auto found = in_table(notify_types_3gpp, word)) return found;
    if (const auto found = in_table(notify_types_strongswan, word)) return found;
    return in_table(notify_types_libreswan, word);
}

std::optional<std::uint64_t> code_number(Field field, std::string_view word) {
    switch (field) {
        case Field::exchange: {
            const auto found = in_registry<ExchangeType>(word);
            return found ? found : in_registry<ike1::ExchangeType>(word);
        }
        case Field::notify:
            return notify_number(word);
        case Field::payload:
            return in_registry<PayloadType>(word);
        case Field::encr:
            return in_registry<EncrId>(word);
        case Field::prf:
            return in_registry<PrfId>(word);
        case Field::integ:
            return in_registry<IntegId>(word);
        case Field::ke:
            return in_registry<KeId>(word);
        case Field::auth:
            return in_registry<AuthMethod>(word);
        case Field::config: {
            const auto found = in_registry<ConfigAttribute>(word);
            return found ? found : in_table(private_config_attributes, word);
        }
        case Field::eap:
            return in_registry<EapType>(word);
        default:
            return word_number(field, word);
    }
}

std::expected<Literal, std::string> address_literal(std::string_view word) {
    Literal literal;
    const auto slash = word.find('/');
    const auto plain = word.substr(0, slash);
    literal.address = Address::parse(plain);
    if (!literal.address && slash == word.npos) {
        const auto endpoint = parse_endpoint(plain);
        if (endpoint && endpoint->port != 0) {
            literal.address = endpoint->address;
            literal.port = endpoint->port;
        }
    }
    if (!literal.address) return std::unexpected{"expected an address, or a network as 192.0.2.0/24"};
    const unsigned most = literal.address->is_v4() ? 32 : 128;
    literal.prefix = most;
    if (slash == word.npos) return literal;
    const auto bits = whole_number(word.substr(slash + 1));
    if (!bits || *bits > most) return std::unexpected{fmt::format("expected a prefix of 0 to {} bits", most)};
    literal.prefix = static_cast<unsigned>(*bits);
    return literal;
}

std::expected<Literal, std::string> hex_literal(std::string_view word) {
    Literal literal;
    if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), literal.number, 16);
    if (word.empty() || failed != std::errc{} || end != word.data() + word.size())
        return std::unexpected{"expected an SPI in hexadecimal digits"};
    return literal;
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto change = diagonal + (detail::lower(a[i - 1]) == detail::lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

}  // namespace

const Entry* find_field(std::string_view name) {
    if (name == "message_id") name = "mid";
    const auto* found = std::ranges::find(entries, name, &Entry::name);
    return found == std::end(entries) ? nullptr : found;
}

std::string_view similar_field(std::string_view name) {
    if (name.size() > 32) return {};
    const auto* nearest =
        std::ranges::min_element(entries, {}, [&](const Entry& each) { return distance(name, each.name); });
    return distance(name, nearest->name) <= std::min<std::size_t>(2, name.size() / 3) ? nearest->name
                                                                                      : std::string_view{};
}

std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> all) {
    word = word.substr(0, 64);
    std::vector<std::pair<std::size_t, std::string_view>> rated;
    for (const auto each : all) {
        const bool part = word.size() >= 3 && each.find(lower(word)) != each.npos;
        rated.emplace_back(part ? 0 : distance(word, each), each);
    }
    std::ranges::sort(rated);
    std::vector<std::string_view> out;
    for (const auto& [far, each] : rated) {
        if (out.size() < 3 && (out.empty() || far <= std::max<std::size_t>(3, word.size() / 2)))
            out.push_back(each);
    }
    return out;
}

std::optional<std::uint64_t> word_number(Field field, std::string_view word) {
    const auto at = [&](std::initializer_list<std::string_view> words) -> std::optional<std::uint64_t> {
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (detail::same_name(words.begin()[i], word)) return i;
        }
        return std::nullopt;
    };
    switch (field) {
        case Field::kind:
            return at({"ike", "esp", "ah", "keepalive", "icmp", "other"});
        case Field::integrity:
        case Field::verified:
            return at({"unknown", "good", "bad"});
        case Field::severity:
            return at({"note", "warning", "error"});
        default:
            return std::nullopt;
    }
}

std::expected<Literal, std::string> read_literal(const Entry& entry, std::string_view word) {
    Literal literal;
    literal.text = lower(word);
    switch (entry.type) {
        case Type::address:
            return address_literal(word);
        case Type::hex:
            return hex_literal(word);
        case Type::text:
            return literal;
        case Type::flag:
            if (literal.text == "true" || literal.text == "false") {
                literal.number = literal.text == "true" ? 1 : 0;
                return literal;
            }
            [[fallthrough]];
        case Type::number:
        case Type::code:
            break;
        case Type::seconds: {
            const auto [end, failed] =
                std::from_chars(word.data(), word.data() + word.size(), literal.seconds);
            if (failed != std::errc{} || end != word.data() + word.size())
                return std::unexpected{"expected seconds"};
            return literal;
        }
    }
    auto number = entry.type == Type::code ? code_number(entry.field, word) : std::nullopt;
    if (!number) number = whole_number(word);
    if (!number) {
        return std::unexpected{entry.type == Type::code
                                   ? fmt::format("{} is no {} by name or number", word, entry.description)
                                   : fmt::format("expected a number, {} is none", word)};
    }
    literal.number = *number;
    return literal;
}

}  // namespace ike::filter

namespace ike {

std::span<const FilterField> filter_fields() {
    static const auto fields = [] {
        std::vector<FilterField> all;
        for (const auto& each : filter::entries) all.push_back({each.name, each.description});
        return all;
    }();
    return fields;
}

}  // namespace ike
