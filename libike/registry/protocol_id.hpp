#pragma once
// "IKEv2 Security Protocol Identifiers": in proposals, Notify and Delete payloads (RFC 7296 section 3.3.1).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal ProtocolId; some have names.
enum class ProtocolId : std::uint8_t {
    none = 0,
    ike = 1,
    ah = 2,
    esp = 3,
    fc_esp_header = 4,
    fc_ct_authentication = 5,
    gike_update = 6,
};
/// The registry, by value. 0 is reserved at IANA; Notify payloads that concern no SA carry it (RFC 7296
/// section 3.10).
inline constexpr auto protocol_ids = registry<ProtocolId>(
    {
        {ProtocolId::none, "NONE", "RFC 7296"},
        {ProtocolId::ike, "IKE", "RFC 7296"},
        {ProtocolId::ah, "AH", "RFC 7296"},
        {ProtocolId::esp, "ESP", "RFC 7296"},
        {ProtocolId::fc_esp_header, "FC_ESP_HEADER", "RFC 4595"},
        {ProtocolId::fc_ct_authentication, "FC_CT_AUTHENTICATION", "RFC 4595"},
        {ProtocolId::gike_update, "GIKE_UPDATE", "RFC 9838"},
    },
    {{201, 255, RangeKind::private_use}});
constexpr const auto& registry_of(ProtocolId) { return protocol_ids; }

}  // namespace ike
