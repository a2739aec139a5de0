#pragma once
// Every IKEv2 registry in one place, for lists of code points and for the tests that hold for all of them.
#include "libike/registry/attribute_type.hpp"
#include "libike/registry/auth_method.hpp"
#include "libike/registry/cert_encoding.hpp"
#include "libike/registry/config_attribute.hpp"
#include "libike/registry/eap_type.hpp"
#include "libike/registry/encr_id.hpp"
#include "libike/registry/exchange_type.hpp"
#include "libike/registry/gateway_id_type.hpp"
#include "libike/registry/group_attribute.hpp"
#include "libike/registry/group_transform_id.hpp"
#include "libike/registry/id_type.hpp"
#include "libike/registry/integ_id.hpp"
#include "libike/registry/ipcomp_transform.hpp"
#include "libike/registry/ke_id.hpp"
#include "libike/registry/notify_type.hpp"
#include "libike/registry/payload_type.hpp"
#include "libike/registry/ppk_id_type.hpp"
#include "libike/registry/prf_id.hpp"
#include "libike/registry/protocol_id.hpp"
#include "libike/registry/rohc_attribute.hpp"
#include "libike/registry/secure_password_method.hpp"
#include "libike/registry/sequence_numbers.hpp"
#include "libike/registry/signature_hash.hpp"
#include "libike/registry/transform_type.hpp"
#include "libike/registry/ts_type.hpp"

namespace ike {

/// Calls `visit(title, table)` for each registry, title as IANA heads it. Payload and transform types come
/// with IANA's full names.
template <class Visit>
constexpr void for_each_registry(Visit&& visit) {
    visit("IKEv2 Exchange Types", exchange_types);
    visit("IKEv2 Payload Types", payload_type_descriptions);
    visit("Transform Type Values", transform_type_descriptions);
    visit("IKEv2 Transform Attribute Types", attribute_types);
    visit("Transform Type 1 - Encryption Algorithm Transform IDs", encr_ids);
    visit("Transform Type 2 - Pseudorandom Function Transform IDs", prf_ids);
    visit("Transform Type 3 - Integrity Algorithm Transform IDs", integ_ids);
    visit("Transform Type 4 - Key Exchange Method Transform IDs", ke_ids);
    visit("Transform Type 5 - Sequence Numbers Transform IDs", sequence_numbers);
    visit("Transform Type 13 - Key Wrap Algorithm Transform IDs", key_wrap_ids);
    visit("Transform Type 14 - Group Controller Authentication Method Transform IDs", group_controller_auths);
    visit("IKEv2 Identification Payload ID Types", id_types);
    visit("IKEv2 Certificate Encodings", cert_encodings);
    visit("IKEv2 Authentication Method", auth_methods);
    visit("IKEv2 Notify Message Types", notify_types);
    visit("IKEv2 Notification IPCOMP Transform IDs (Value 16387)", ipcomp_transforms);
    visit("IKEv2 Security Protocol Identifiers", protocol_ids);
    visit("IKEv2 Traffic Selector Types", ts_types);
    visit("IKEv2 Configuration Payload CFG Types", config_types);
    visit("IKEv2 Configuration Payload Attribute Types", config_attributes);
    visit("IKEv2 Gateway Identity Types", gateway_id_types);
    visit("ROHC Attribute Types", rohc_attributes);
    visit("IKEv2 Secure Password Methods", secure_password_methods);
    visit("IKEv2 Hash Algorithms", signature_hashes);
    visit("IKEv2 Post-quantum Preshared Key ID Types", ppk_id_types);
    visit("GSA Attributes", gsa_attributes);
    visit("Group-wide Policy Attributes", group_policy_attributes);
    visit("Group Key Bag Attributes", group_key_bag_attributes);
    visit("Member Key Bag Attributes", member_key_bag_attributes);
    visit("EAP Packet Codes", eap_codes);
    visit("EAP Method Types", eap_types);
}

}  // namespace ike
