#include "libike/sa/watched_suite.hpp"

#include <fmt/format.h>

#include "libike/registry/keywords.hpp"
#include "libike/registry/sequence_numbers.hpp"

namespace ike {

bool is_aead(EncrId id) {
    switch (id) {
        case EncrId::aes_ccm_8:
        case EncrId::aes_ccm_12:
        case EncrId::aes_ccm_16:
        case EncrId::aes_gcm_8:
        case EncrId::aes_gcm_12:
        case EncrId::aes_gcm_16:
        case EncrId::null_auth_aes_gmac:
        case EncrId::camellia_ccm_8:
        case EncrId::camellia_ccm_12:
        case EncrId::camellia_ccm_16:
        case EncrId::chacha20_poly1305:
        case EncrId::aes_ccm_8_iiv:
        case EncrId::aes_gcm_16_iiv:
        case EncrId::chacha20_poly1305_iiv:
        case EncrId::kuznyechik_mgm_ktree:
        case EncrId::magma_mgm_ktree:
        case EncrId::kuznyechik_mgm_mac_ktree:
        case EncrId::magma_mgm_mac_ktree:
            return true;
        default:
            return false;
    }
}

std::string to_string(const Transform& transform) {
    const auto bits = transform.key_length();
    // AES-GMAC as an integrity algorithm shares its words with the cipher; only AH reads them as the former.
    auto word = find_word(transform.type, transform.id, bits);
    if (const auto again = find_keyword(word); again && again->type == transform.type) return word;
    const auto number = bits ? fmt::format("{}/{}", transform.id, *bits) : fmt::to_string(transform.id);
    const auto type = static_cast<int>(transform.type);
    if (transform.type != TransformType::ke && is_key_exchange(transform.type)) {
        return fmt::format("ke{}_{}", type - static_cast<int>(TransformType::addke1) + 1, number);
    }
    switch (transform.type) {
        case TransformType::encr:
            return "encr" + number;
        case TransformType::prf:
            return "prf" + number;
        case TransformType::integ:
            return "integ" + number;
        case TransformType::ke:
            return "ke" + number;
        case TransformType::sn:
            return "sn" + number;
        default:
            return fmt::format("type{}_{}", type, number);
    }
}

std::string to_string(const Proposal& proposal) {
    std::string text;
    for (const auto& transform : proposal.transforms) {
        if (!text.empty()) text += '-';
        text += to_string(transform);
    }
    return text;
}

namespace {

template <class Code>
void add(std::vector<Transform>& to, TransformType type, Code id, std::uint16_t bits = 0) {
    const auto number = static_cast<std::uint16_t>(id);
    if (bits != 0) {
        to.push_back(Transform::with_key_length(type, number, bits));
    } else {
        Transform transform;
        transform.type = type;
        transform.id = number;
        to.push_back(std::move(transform));
    }
}

void add_additional(std::vector<Transform>& to, std::span<const KeId> additional) {
    auto type = static_cast<std::uint8_t>(TransformType::addke1);
    for (const auto id : additional) add(to, static_cast<TransformType>(type++), id);
}

/// The one transform of a type; nothing, or an error when there are several.
Result<std::optional<Transform>> only(const Proposal& proposal, TransformType type) {
    std::optional<Transform> found;
    for (const auto& transform : proposal.transforms) {
        if (transform.type != type) continue;
        if (found)
            return failure(
                fmt::format("proposal {}: more than one {}", to_string(proposal), to_string(type)));
        found = transform;
    }
    return found;
}

/// A chosen proposal taken apart by type.
struct Parts {
    std::optional<Transform> encr, prf, integ, ke, sn;
    std::vector<KeId> additional;
};

Result<Parts> take_apart(const Proposal& chosen) {
    Parts parts;
    for (auto [type, part] :
         {std::pair{TransformType::encr, &parts.encr}, std::pair{TransformType::prf, &parts.prf},
          std::pair{TransformType::integ, &parts.integ}, std::pair{TransformType::ke, &parts.ke},
          std::pair{TransformType::sn, &parts.sn}}) {
        auto found = only(chosen, type);
        if (!found) return std::unexpected{found.error()};
        *part = std::move(*found);
    }
    for (auto type = static_cast<int>(TransformType::addke1); type <= static_cast<int>(TransformType::addke7);
         ++type) {
        auto found = only(chosen, static_cast<TransformType>(type));
        if (!found) return std::unexpected{found.error()};
        if (*found && (*found)->id != 0) parts.additional.push_back(static_cast<KeId>((*found)->id));
    }
    return parts;
}

std::unexpected<Error> lacks(const Proposal& proposal, std::string_view what) {
    return failure(fmt::format("proposal {}: no {}", to_string(proposal), what));
}
std::unexpected<Error> unsupported(const Transform& transform) {
    return failure(fmt::format("{} is not supported", to_string(transform)));
}

/// Who reads a choice that others made needs no key exchange method of crypto's.
enum class KeyExchanges : std::uint8_t { performed, watched };

template <class Suite>
std::optional<Error> read_common(const Proposal& chosen, const Parts& parts, KeyExchanges exchanges,
                                 Suite& suite) {
    if (!parts.encr) return lacks(chosen, "encryption algorithm").error();
    suite.encr = static_cast<EncrId>(parts.encr->id);
    suite.key_bits = parts.encr->key_length().value_or(0);
    if (!crypto::supported(suite.encr, suite.key_bits)) return unsupported(*parts.encr).error();
    if (parts.integ) suite.integ = static_cast<IntegId>(parts.integ->id);
    if (is_aead(suite.encr) && suite.integ != IntegId::none) {
        return failure(fmt::format("proposal {}: an AEAD has no integrity algorithm beside it",
                                   to_string(chosen)))
            .error();
    }
    if (suite.integ != IntegId::none && !crypto::supported(suite.integ))
        return unsupported(*parts.integ).error();
    if (parts.ke) suite.ke = static_cast<KeId>(parts.ke->id);
    suite.additional = parts.additional;
    if (exchanges == KeyExchanges::watched) return std::nullopt;
    if (suite.ke != KeId::none && !crypto::supported(suite.ke)) return unsupported(*parts.ke).error();
    for (const auto id : suite.additional) {
        if (!crypto::supported(id))
            return failure(fmt::format("additional key exchange {} is not supported", to_string(id))).error();
    }
    return std::nullopt;
}

}  // namespace

Proposal to_proposal(const IkeSuite& suite) {
    Proposal proposal;
    proposal.protocol = ProtocolId::ike;
    add(proposal.transforms, TransformType::encr, suite.encr, suite.key_bits);
    add(proposal.transforms, TransformType::prf, suite.prf);
    if (suite.integ != IntegId::none) add(proposal.transforms, TransformType::integ, suite.integ);
    if (suite.ke != KeId::none) add(proposal.transforms, TransformType::ke, suite.ke);
    add_additional(proposal.transforms, suite.additional);
    return proposal;
}

Proposal to_proposal(const EspSuite& suite) {
    Proposal proposal;
    proposal.protocol = ProtocolId::esp;
    add(proposal.transforms, TransformType::encr, suite.encr, suite.key_bits);
    if (suite.integ != IntegId::none) add(proposal.transforms, TransformType::integ, suite.integ);
    if (suite.ke != KeId::none) add(proposal.transforms, TransformType::ke, suite.ke);
    if (suite.esn) add(proposal.transforms, TransformType::sn, SequenceNumbers::esn);
    add_additional(proposal.transforms, suite.additional);
    return proposal;
}

std::string to_string(const IkeSuite& suite) { return to_string(to_proposal(suite)); }
std::string to_string(const EspSuite& suite) { return to_string(to_proposal(suite)); }

namespace {

Result<IkeSuite> read_ike(const Proposal& chosen, KeyExchanges exchanges) {
    const auto parts = take_apart(chosen);
    if (!parts) return std::unexpected{parts.error()};
    IkeSuite suite;
    if (auto error = read_common(chosen, *parts, exchanges, suite)) return std::unexpected{std::move(*error)};
    if (!parts->prf) return lacks(chosen, "pseudorandom function");
    suite.prf = static_cast<PrfId>(parts->prf->id);
    if (!crypto::supported(suite.prf)) return unsupported(*parts->prf);
    if (!is_aead(suite.encr) && suite.integ == IntegId::none) return lacks(chosen, "integrity algorithm");
    if (suite.ke == KeId::none) return lacks(chosen, "key exchange method");
    return suite;
}

Result<EspSuite> read_esp(const Proposal& chosen, KeyExchanges exchanges) {
    const auto parts = take_apart(chosen);
    if (!parts) return std::unexpected{parts.error()};
    EspSuite suite;
    if (auto error = read_common(chosen, *parts, exchanges, suite)) return std::unexpected{std::move(*error)};
    // RFC 4303 section 3.2: integrity and confidentiality may not both be NULL.
    if (suite.encr == EncrId::null_encr && suite.integ == IntegId::none)
        return lacks(chosen, "encryption and no integrity");
    // Some peers leave the type out where they mean 32-bit numbers.
    if (parts->sn) suite.esn = parts->sn->id == static_cast<std::uint16_t>(SequenceNumbers::esn);
    if (parts->sn && parts->sn->id > 1) return unsupported(*parts->sn);
    return suite;
}

}  // namespace

Result<IkeSuite> ike_suite(const Proposal& chosen) { return read_ike(chosen, KeyExchanges::performed); }
Result<EspSuite> esp_suite(const Proposal& chosen) { return read_esp(chosen, KeyExchanges::performed); }
Result<IkeSuite> watched_ike_suite(const Proposal& chosen) { return read_ike(chosen, KeyExchanges::watched); }
Result<EspSuite> watched_esp_suite(const Proposal& chosen) { return read_esp(chosen, KeyExchanges::watched); }

}  // namespace ike
