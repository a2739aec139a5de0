#include "libike/sa/key_log.hpp"

#include <fmt/format.h>

#include <charconv>

#include "libike/registry/sequence_numbers.hpp"
#include "libike/sa/wireshark_keys.hpp"

namespace ike {

namespace {

class Line {
public:
    explicit Line(std::string kind) : text_{std::move(kind)} {}
    void put(std::string_view keyword, std::string_view value) {
        if (!value.empty()) text_ += fmt::format(" {}={}", keyword, value);
    }
    void put(std::string_view keyword, const SecretBytes& octets) { put(keyword, hex(octets)); }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

/// The pairs of a line of ours, taken out one by one.
class Pairs {
public:
    explicit Pairs(std::string_view text) {
        while (!text.empty()) {
            const auto end = std::min(text.find_first_of(" \t\r"), text.size());
            const auto word = text.substr(0, end);
            if (const auto equals = word.find('='); equals != std::string_view::npos) {
                pairs_.emplace_back(word.substr(0, equals), word.substr(equals + 1));
            } else if (!word.empty()) {
                fail("word without \"=\"", "keyword=value");
            }
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
    std::string_view text(std::string_view keyword) const {
        const auto found = std::ranges::find(pairs_, keyword, [](const auto& pair) { return pair.first; });
        return found == pairs_.end() ? std::string_view{} : found->second;
    }
    Bytes octets(std::string_view keyword) {
        auto found = from_hex(text(keyword));
        if (!found) fail(keyword, "hexadecimal octets");
        return found.value_or(Bytes{});
    }
    SecretBytes secret(std::string_view keyword) {
        auto plain = octets(keyword);
        SecretBytes made{plain};
        wipe(plain);
        return made;
    }
    template <class T>
    T spi(std::string_view keyword) {
        const auto digits = text(keyword);
        T value{};
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (!digits.empty() && (failed != std::errc{} || end != digits.data() + digits.size())) {
            fail(keyword, "hexadecimal digits");
        }
        return value;
    }
    Address address(std::string_view keyword) {
        if (text(keyword).empty()) return {};
        const auto found = Address::parse(text(keyword));
        if (!found) fail(keyword, "an address");
        return found.value_or(Address{});
    }
    Proposal suite(ProtocolId protocol) {
        auto found = parse_transforms(protocol, text("suite"));
        if (!found) {
            fail("suite", "transforms in strongSwan's words");
            return {};
        }
        std::ranges::sort(found->transforms, {}, &Transform::type);
        if (std::ranges::adjacent_find(found->transforms, {}, &Transform::type) != found->transforms.end()) {
            fail("suite", "one transform of a type");
        }
        return std::move(*found);
    }
    void fail(std::string_view keyword, std::string_view wanted) {
        if (!error_) error_ = Error{fmt::format("key line: {}: expected {}", keyword, wanted), {}};
    }
    const std::optional<Error>& error() const { return error_; }

private:
    std::vector<std::pair<std::string_view, std::string_view>> pairs_;
    std::optional<Error> error_;
};

/// The fields that both kinds of suite have. Whether crypto can do them is asked when the keys are used.
template <class Suite>
Suite suite_of(const Proposal& proposal) {
    Suite suite;
    for (const auto& each : proposal.transforms) {
        switch (each.type) {
            case TransformType::encr:
                suite.encr = static_cast<EncrId>(each.id);
                suite.key_bits = each.key_length().value_or(0);
                break;
            case TransformType::integ:
                suite.integ = static_cast<IntegId>(each.id);
                break;
            case TransformType::ke:
                suite.ke = static_cast<KeId>(each.id);
                break;
            default:
                if (is_key_exchange(each.type)) suite.additional.push_back(static_cast<KeId>(each.id));
                if constexpr (requires { suite.prf; }) {
                    if (each.type == TransformType::prf) suite.prf = static_cast<PrfId>(each.id);
                } else {
                    if (each.type == TransformType::sn)
                        suite.esn = each.id == static_cast<std::uint16_t>(SequenceNumbers::esn);
                }
        }
    }
    return suite;
}

Result<std::optional<KeyRecord>> parse_ike(std::string_view text) {
    Pairs pairs{text};
    IkeKeyRecord record;
    record.spi_i = pairs.spi<IkeSpi>("spi_i");
    record.spi_r = pairs.spi<IkeSpi>("spi_r");
    if (record.spi_i == 0) pairs.fail("spi_i", "an SPI");
    record.suite = suite_of<IkeSuite>(pairs.suite(ProtocolId::ike));
    auto& keys = record.keys;
    for (auto [keyword, key] :
         {std::pair{"sk_d", &keys.d}, std::pair{"sk_ai", &keys.ai}, std::pair{"sk_ar", &keys.ar},
          std::pair{"sk_ei", &keys.ei}, std::pair{"sk_er", &keys.er}, std::pair{"sk_pi", &keys.pi},
          std::pair{"sk_pr", &keys.pr}, std::pair{"shared", &record.shared_secret}}) {
        *key = pairs.secret(keyword);
    }
    record.nonce_i = pairs.octets("ni");
    record.nonce_r = pairs.octets("nr");
    if (pairs.error()) return std::unexpected{*pairs.error()};
    return KeyRecord{std::move(record)};
}

Result<std::optional<KeyRecord>> parse_esp(std::string_view text) {
    Pairs pairs{text};
    EspKeyRecord record;
    record.spi = pairs.spi<std::uint32_t>("spi");
    record.source = pairs.address("src");
    record.destination = pairs.address("dst");
    record.suite = suite_of<EspSuite>(pairs.suite(ProtocolId::esp));
    const auto unchecked = pairs.octets("unchecked_icv");
    if (unchecked.size() > 1) pairs.fail("unchecked_icv", "one octet");
    if (unchecked.size() == 1) record.suite.unchecked_icv = unchecked.front();
    record.encr_key = pairs.secret("encr");
    record.integ_key = pairs.secret("integ");
    record.ike_spi_i = pairs.spi<IkeSpi>("ike_spi_i");
    record.ike_spi_r = pairs.spi<IkeSpi>("ike_spi_r");
    record.shared_secret = pairs.secret("shared");
    if (pairs.error()) return std::unexpected{*pairs.error()};
    return KeyRecord{std::move(record)};
}

std::string spi_or_nothing(IkeSpi spi) { return spi == 0 ? std::string{} : spi_text(spi); }

}  // namespace

std::string key_log_line(const IkeKeyRecord& record) {
    const auto& keys = record.keys;
    Line line{"ike"};
    line.put("spi_i", spi_text(record.spi_i));
    line.put("spi_r", spi_text(record.spi_r));
    line.put("suite", to_string(record.suite));
    line.put("sk_d", keys.d);
    line.put("sk_ai", keys.ai);
    line.put("sk_ar", keys.ar);
    line.put("sk_ei", keys.ei);
    line.put("sk_er", keys.er);
    line.put("sk_pi", keys.pi);
    line.put("sk_pr", keys.pr);
    line.put("shared", record.shared_secret);
    line.put("ni", hex(record.nonce_i));
    line.put("nr", hex(record.nonce_r));
    return line.take();
}

std::string key_log_line(const EspKeyRecord& record) {
    Line line{"esp"};
    line.put("spi", fmt::format("{:08x}", record.spi));
    line.put("src", to_string(record.source));
    line.put("dst", to_string(record.destination));
    line.put("suite", to_string(record.suite));
    if (record.suite.unchecked_icv != 0)
        line.put("unchecked_icv", fmt::format("{:02x}", record.suite.unchecked_icv));
    line.put("encr", record.encr_key);
    line.put("integ", record.integ_key);
    line.put("ike_spi_i", spi_or_nothing(record.ike_spi_i));
    line.put("ike_spi_r", spi_or_nothing(record.ike_spi_r));
    line.put("shared", record.shared_secret);
    return line.take();
}

Result<std::optional<KeyRecord>> parse_key_line(std::string_view line) {
    const auto from = line.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos || line[from] == '#') return std::optional<KeyRecord>{};
    line.remove_prefix(from);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("ike ")) return parse_ike(line.substr(4));
    if (line.starts_with("esp ")) return parse_esp(line.substr(4));
    auto row = parse_wireshark_row(line);
    if (!row) return std::unexpected{std::move(row.error())};
    return std::optional{std::move(*row)};
}

}  // namespace ike
