#include "libike/registry/transform_id.hpp"

#include "libike/registry/encr_id.hpp"
#include "libike/registry/group_transform_id.hpp"
#include "libike/registry/integ_id.hpp"
#include "libike/registry/ke_id.hpp"
#include "libike/registry/prf_id.hpp"
#include "libike/registry/sequence_numbers.hpp"

namespace ike {
namespace {

/// Calls `visit` with the ID as its registry's enum; gives `otherwise` where the type has no registry.
template <class Result, class Visit>
Result by_type(TransformType type, std::uint16_t id, Result otherwise, Visit visit) {
    if (is_key_exchange(type)) return visit(KeId{id});
    switch (type) {
        case TransformType::encr:
            return visit(EncrId{id});
        case TransformType::prf:
            return visit(PrfId{id});
        case TransformType::integ:
            return visit(IntegId{id});
        case TransformType::sn:
            return visit(SequenceNumbers{id});
        case TransformType::kwa:
            return visit(KeyWrapId{id});
        case TransformType::gcauth:
            return visit(GroupControllerAuth{id});
        default:
            return otherwise;
    }
}

}  // namespace

std::string_view transform_id_name(TransformType type, std::uint16_t id) {
    return by_type(type, id, std::string_view{}, [](auto code) { return name(code); });
}

std::string transform_id_text(TransformType type, std::uint16_t id) {
    return by_type(type, id, detail::nameless_text(RangeKind::unassigned, id),
                   [](auto code) { return to_string(code); });
}

std::optional<std::uint16_t> find_transform_id(TransformType type, std::string_view name) {
    return by_type(type, 0, std::optional<std::uint16_t>{}, [&](auto code) {
        const auto* entry = registry_of(code).find(name);
        return entry ? std::optional{static_cast<std::uint16_t>(entry->value)} : std::nullopt;
    });
}

}  // namespace ike
