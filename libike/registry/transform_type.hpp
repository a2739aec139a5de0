#pragma once
// "Transform Type Values": what a Transform substructure chooses (RFC 7296 section 3.3.2).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal TransformType; some have names.
enum class TransformType : std::uint8_t {
    encr = 1,
    prf = 2,
    integ = 3,
    ke = 4,
    sn = 5,
    addke1 = 6,
    addke2 = 7,
    addke3 = 8,
    addke4 = 9,
    addke5 = 10,
    addke6 = 11,
    addke7 = 12,
    kwa = 13,
    gcauth = 14,
};
/// The registry, by value. Short names: the parentheses of IANA's.
inline constexpr auto transform_types = registry<TransformType>(
    {
        {TransformType::encr, "ENCR", "RFC 7296"},
        {TransformType::prf, "PRF", "RFC 7296"},
        {TransformType::integ, "INTEG", "RFC 7296"},
        {TransformType::ke, "KE", "RFC 9370"},
        {TransformType::sn, "SN", "RFC 9827"},
        {TransformType::addke1, "ADDKE1", "RFC 9370"},
        {TransformType::addke2, "ADDKE2", "RFC 9370"},
        {TransformType::addke3, "ADDKE3", "RFC 9370"},
        {TransformType::addke4, "ADDKE4", "RFC 9370"},
        {TransformType::addke5, "ADDKE5", "RFC 9370"},
        {TransformType::addke6, "ADDKE6", "RFC 9370"},
        {TransformType::addke7, "ADDKE7", "RFC 9370"},
        {TransformType::kwa, "KWA", "RFC 9838"},
        {TransformType::gcauth, "GCAUTH", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {241, 255, RangeKind::private_use}});
/// IANA's full names.
inline constexpr auto transform_type_descriptions = registry<TransformType>({
    {TransformType::encr, "Encryption Algorithm (ENCR)", "RFC 7296"},
    {TransformType::prf, "Pseudo-random Function (PRF)", "RFC 7296"},
    {TransformType::integ, "Integrity Algorithm (INTEG)", "RFC 7296"},
    {TransformType::ke, "Key Exchange Method (KE)", "RFC 9370"},
    {TransformType::sn, "Sequence Numbers (SN)", "RFC 9827"},
    {TransformType::addke1, "Additional Key Exchange 1 (ADDKE1)", "RFC 9370"},
    {TransformType::addke2, "Additional Key Exchange 2 (ADDKE2)", "RFC 9370"},
    {TransformType::addke3, "Additional Key Exchange 3 (ADDKE3)", "RFC 9370"},
    {TransformType::addke4, "Additional Key Exchange 4 (ADDKE4)", "RFC 9370"},
    {TransformType::addke5, "Additional Key Exchange 5 (ADDKE5)", "RFC 9370"},
    {TransformType::addke6, "Additional Key Exchange 6 (ADDKE6)", "RFC 9370"},
    {TransformType::addke7, "Additional Key Exchange 7 (ADDKE7)", "RFC 9370"},
    {TransformType::kwa, "Key Wrap Algorithm (KWA)", "RFC 9838"},
    {TransformType::gcauth, "Group Controller Authentication Method (GCAUTH)", "RFC 9838"},
});
constexpr const auto& registry_of(TransformType) { return transform_types; }

/// Key exchange methods are named by the same registry in types 4 and 6 to 12 (RFC 9370 section 2.2.1).
constexpr bool is_key_exchange(TransformType type) {
    return type == TransformType::ke || (type >= TransformType::addke1 && type <= TransformType::addke7);
}

}  // namespace ike
