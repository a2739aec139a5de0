// Proposals written as words, as strongSwan's configuration does.
#include <fmt/format.h>

#include <charconv>

#include "libike/registry/keywords.hpp"
#include "libike/registry/sequence_numbers.hpp"
#include "libike/sa/suite.hpp"

namespace ike {

namespace {

/// More words than any sensible proposal has; Transform counts are one octet on the wire.
constexpr std::size_t most_transforms = 255;

std::string lower(std::string_view text) {
    std::string made{text};
    for (auto& c : made) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return made;
}
std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto from = text.find_first_not_of(blank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(blank) - from + 1);
}
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0;;) {
        const auto at = text.find(separator, from);
        parts.push_back(trim(text.substr(from, at - from)));
        if (at == std::string_view::npos) return parts;
        from = at + 1;
    }
}
template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Transform make(TransformType type, std::uint16_t id, std::uint16_t bits) {
    if (bits != 0) return Transform::with_key_length(type, id, bits);
    Transform transform;
    transform.type = type;
    transform.id = id;
    return transform;
}

/// "20/256" after a type's prefix.
std::optional<Transform> numbered(TransformType type, std::string_view text) {
    const auto slash = text.find('/');
    const auto id = number<std::uint16_t>(text.substr(0, slash));
    if (!id) return std::nullopt;
    if (slash == std::string_view::npos) return make(type, *id, 0);
    const auto bits = number<std::uint16_t>(text.substr(slash + 1));
    if (!bits || *bits == 0) return std::nullopt;
    return make(type, *id, *bits);
}

/// A word with numbers in the place of names, as to_string() writes it: "encr250/128", "ke36", "type13_1".
std::optional<Transform> numbered(std::string_view word) {
    if (word.starts_with("type")) {
        const auto bar = word.find('_');
        if (bar == std::string_view::npos) return std::nullopt;
        const auto type = number<std::uint8_t>(word.substr(4, bar - 4));
        if (!type) return std::nullopt;
        return numbered(static_cast<TransformType>(*type), word.substr(bar + 1));
    }
    static constexpr std::pair<std::string_view, TransformType> prefixes[] = {{"encr", TransformType::encr},
                                                                              {"prf", TransformType::prf},
                                                                              {"integ", TransformType::integ},
                                                                              {"ke", TransformType::ke},
                                                                              {"sn", TransformType::sn}};
    for (const auto& [prefix, type] : prefixes) {
        if (word.starts_with(prefix)) {
            if (auto found = numbered(type, word.substr(prefix.size()))) return found;
        }
    }
    return std::nullopt;
}

std::optional<Transform> transform_of(std::string_view word, ProtocolId protocol) {
    const auto keyword = protocol == ProtocolId::ah ? find_ah_keyword(word) : find_keyword(word);
    if (keyword) return make(keyword->type, keyword->id, keyword->key_length.value_or(0));
    const bool additional =
        word.size() > 4 && word.starts_with("ke") && word[2] >= '1' && word[2] <= '7' && word[3] == '_';
    if (!additional) return numbered(word);
    const auto type = static_cast<int>(TransformType::addke1) + (word[2] - '1');
    return numbered(static_cast<TransformType>(type), word.substr(4));
}

bool is_supported(const Transform& transform) {
    switch (transform.type) {
        case TransformType::encr:
            return crypto::supported(static_cast<EncrId>(transform.id), transform.key_length().value_or(0));
        case TransformType::prf:
            return crypto::supported(static_cast<PrfId>(transform.id));
        case TransformType::integ:
            return transform.id == 0 || crypto::supported(static_cast<IntegId>(transform.id));
        case TransformType::sn:
            return transform.id <= static_cast<std::uint16_t>(SequenceNumbers::esn);
        default:
            return is_key_exchange(transform.type) &&
                   (transform.id == 0 || crypto::supported(static_cast<KeId>(transform.id)));
    }
}

/// A proposal as its words are added, and what strongSwan makes of the whole afterwards.
class Draft {
public:
    Draft(ProtocolId protocol, std::string_view text) : text_{text} { proposal_.protocol = protocol; }

    /// Keeps the transforms in order of type, those of one type in order of preference.
    void add(Transform transform) {
        auto& all = proposal_.transforms;
        if (std::ranges::find(all, transform) != all.end()) return;
        all.insert(std::ranges::upper_bound(all, transform.type, {}, &Transform::type), std::move(transform));
    }
    Result<Proposal> complete() {
        if (const auto* why = proposal_.protocol == ProtocolId::ike ? complete_ike() : complete_esp()) {
            return failure(fmt::format("proposal \"{}\": {}", text_, why));
        }
        if (proposal_.transforms.size() > most_transforms)
            return failure("proposal: more than 255 transforms");
        return std::move(proposal_);
    }

private:
    bool has(TransformType type) const {
        return std::ranges::find(proposal_.transforms, type, &Transform::type) != proposal_.transforms.end();
    }
    void remove(TransformType type) {
        std::erase_if(proposal_.transforms, [&](const Transform& each) { return each.type == type; });
    }
    /// Combined-mode ciphers and others need proposals of their own (RFC 7296 section 3.3); INTEG goes with
    /// the others.
    const char* sort_out_integrity() {
        if (!has(TransformType::encr)) return "names no encryption algorithm";
        bool aead = false, classic = false;
        for (const auto& each : proposal_.transforms) {
            if (each.type == TransformType::encr)
                (is_aead(static_cast<EncrId>(each.id)) ? aead : classic) = true;
        }
        if (aead && classic) return "mixes AEADs with other ciphers: make two proposals of it";
        if (aead) aead_ = true;
        return nullptr;
    }
    const char* complete_ike() {
        if (const auto* why = sort_out_integrity()) return why;
        if (has(TransformType::sn)) return "sequence numbers are for ESP";
        if (!aead_ && !has(TransformType::integ)) return "names no integrity algorithm";
        if (!has(TransformType::ke)) return "names no key exchange method";
        if (!has(TransformType::prf)) add_prfs();
        if (aead_) remove(TransformType::integ);
        return nullptr;
    }
    void add_prfs() {
        std::vector<PrfId> wanted;
        for (const auto& each : proposal_.transforms) {
            if (each.type != TransformType::integ) continue;
            if (const auto prf = implied_prf(static_cast<IntegId>(each.id))) wanted.push_back(*prf);
        }
        if (wanted.empty()) wanted = {PrfId::hmac_sha2_256, PrfId::hmac_sha2_384, PrfId::hmac_sha2_512};
        for (const auto id : wanted) add(make(TransformType::prf, static_cast<std::uint16_t>(id), 0));
    }
    const char* complete_esp() {
        remove(TransformType::prf);
        if (proposal_.protocol == ProtocolId::esp) {
            if (const auto* why = sort_out_integrity()) return why;
            if (aead_) remove(TransformType::integ);
        }
        if (!has(TransformType::sn)) {
            add(make(TransformType::sn, static_cast<std::uint16_t>(SequenceNumbers::no_esn), 0));
        }
        return nullptr;
    }

    Proposal proposal_;
    std::string_view text_;
    bool aead_ = false;
};

}  // namespace

Result<Proposal> parse_proposal(ProtocolId protocol, std::string_view text, Unsupported unsupported) {
    const auto words = lower(trim(text));
    Draft draft{protocol, text};
    for (const auto word : split(words, '-')) {
        if (word.empty()) return failure(fmt::format("proposal \"{}\": an empty word", text));
        auto transform = transform_of(word, protocol);
        if (!transform) {
            return failure(fmt::format("proposal \"{}\": \"{}\" is not known", text, word),
                           "words are strongSwan's, as in aes256gcm16-prfsha384-x25519");
        }
        if (unsupported == Unsupported::refuse && !is_supported(*transform)) {
            return failure(fmt::format("proposal \"{}\": \"{}\" is not supported", text, word));
        }
        draft.add(std::move(*transform));
    }
    return draft.complete();
}

Result<Proposal> parse_transforms(ProtocolId protocol, std::string_view text) {
    const auto words = lower(trim(text));
    Proposal proposal;
    proposal.protocol = protocol;
    for (const auto word : split(words, '-')) {
        auto transform = transform_of(word, protocol);
        if (!transform) return failure(fmt::format("transforms \"{}\": \"{}\" is not known", text, word));
        proposal.transforms.push_back(std::move(*transform));
    }
    if (proposal.transforms.size() > most_transforms) return failure("proposal: more than 255 transforms");
    return proposal;
}

Result<std::vector<Proposal>> parse_proposals(ProtocolId protocol, std::string_view text,
                                              Unsupported unsupported) {
    std::vector<Proposal> proposals;
    for (const auto part : split(text, ',')) {
        if (part == "default") {
            for (auto& proposal : default_proposals(protocol)) proposals.push_back(std::move(proposal));
            continue;
        }
        auto proposal = parse_proposal(protocol, part, unsupported);
        if (!proposal) return std::unexpected{std::move(proposal.error())};
        proposals.push_back(std::move(*proposal));
    }
    if (proposals.size() > 255) return failure("proposals: more than 255");
    for (std::size_t i = 0; i < proposals.size(); ++i) proposals[i].number = static_cast<std::uint8_t>(i + 1);
    return proposals;
}

std::vector<Proposal> default_proposals(ProtocolId protocol) {
    // Strong and fast first, then what older gateways have. Nothing below RFC 8247's and RFC 8221's SHOULD
    // but SHA-1, which some gateways have alone. 32-bit sequence numbers first: user-space peers often lack
    // ESN.
    static constexpr std::string_view ike[] = {
        "aes256gcm16-aes128gcm16-chacha20poly1305-prfsha384-prfsha256-prfsha512-x25519-ecp256-ecp384-x448-"
        "ecp521-modp3072-"
        "modp4096-modp2048",
        "aes256-aes192-aes128-sha256-sha384-sha512-sha1-prfsha256-prfsha384-prfsha512-prfsha1-x25519-ecp256-"
        "ecp384-x448-"
        "ecp521-modp3072-modp4096-modp2048",
    };
    static constexpr std::string_view esp[] = {
        "aes256gcm16-aes128gcm16-chacha20poly1305-noesn-esn",
        "aes256-aes192-aes128-sha256-sha384-sha512-sha1-noesn-esn",
    };
    std::vector<Proposal> proposals;
    for (const auto text : protocol == ProtocolId::ike ? std::span{ike} : std::span{esp}) {
        auto proposal = parse_proposal(protocol, text, Unsupported::allow);
        if (!proposal) continue;
        std::erase_if(proposal->transforms, [](const Transform& each) { return !is_supported(each); });
        proposal->number = static_cast<std::uint8_t>(proposals.size() + 1);
        proposals.push_back(std::move(*proposal));
    }
    return proposals;
}

}  // namespace ike
