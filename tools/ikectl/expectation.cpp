#include "tools/ikectl/expectation.hpp"

#include <fmt/format.h>

#include <charconv>

namespace scenario {

using nlohmann::json;

namespace {

/// A value as the scenario would write it.
std::string text_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text;
}

bool equal(const json& value, std::string_view wanted) {
    if (value.is_boolean()) {
        const bool is = value.get<bool>();
        return wanted == (is ? "true" : "false") || wanted == (is ? "yes" : "no");
    }
    if (value.is_null()) return wanted == "null" || wanted == "none";
    if (value.is_number()) {
        const auto number = number_of(wanted);
        return number && *number == value.get<double>();
    }
    return text_of(value) == wanted;
}

struct Relation {
    std::string_view sign;
    bool (*holds)(double a, double b);
};
// Longer signs first: "<" begins "<=".
constexpr Relation relations[] = {
    {"<=", [](double a, double b) { return a <= b; }},
    {">=", [](double a, double b) { return a >= b; }},
    {"<", [](double a, double b) { return a < b; }},
    {">", [](double a, double b) { return a > b; }},
};

bool meets(const json& value, std::string_view wanted) {
    if (wanted.starts_with("!=")) return !equal(value, trim(wanted.substr(2)));
    for (const auto& relation : relations) {
        if (!wanted.starts_with(relation.sign)) continue;
        const auto number = number_of(trim(wanted.substr(relation.sign.size())));
        return number && value.is_number() && relation.holds(value.get<double>(), *number);
    }
    return equal(value, wanted);
}

bool holds_item(const json& list, std::string_view wanted) {
    return list.is_array() &&
           std::ranges::any_of(list, [&](const json& item) { return equal(item, wanted); });
}

std::optional<std::string> missing_items(const json& object, const char* list, std::string_view what,
                                         const std::vector<std::string>& wanted) {
    const auto* found = find_field(object, list);
    for (const auto& item : wanted) {
        if (found == nullptr || !holds_item(*found, item))
            return fmt::format("has no {} {}, it has {}", what, item,
                               found == nullptr ? "none" : text_of(*found));
    }
    return std::nullopt;
}

}  // namespace

const json* find_field(const json& object, std::string_view field) {
    const auto* at = &object;
    while (!field.empty()) {
        const auto dot = std::min(field.find('.'), field.size());
        const auto part = field.substr(0, dot);
        field.remove_prefix(std::min(dot + 1, field.size()));
        if (at->is_array()) {
            const auto index = number_of(part);
            if (!index || *index < 0 || *index >= static_cast<double>(at->size())) return nullptr;
            at = &(*at)[static_cast<std::size_t>(*index)];
        } else {
            if (!at->is_object()) return nullptr;
            const auto found = at->find(part);
            if (found == at->end()) return nullptr;
            at = &*found;
        }
    }
    return at;
}

std::optional<std::string> difference(const json& object, const std::vector<Wanted>& wanted) {
    for (const auto& one : wanted) {
        const auto* value = find_field(object, one.field);
        if (value == nullptr) return fmt::format("has no field {}", one.field);
        const bool good =
            value->is_array()
                ? std::ranges::all_of(one.values, [&](const auto& item) { return holds_item(*value, item); })
                : one.values.size() == 1 && meets(*value, one.values.front());
        if (!good)
            return fmt::format("{} is {}, wanted {}", one.field, text_of(*value),
                               fmt::join(one.values, ", "));
    }
    return std::nullopt;
}

std::optional<std::string> difference(const json& object, const Expect& expect) {
    if (object.value("event", "") != expect.event)
        return fmt::format("is {}, wanted {}", object.value("event", ""), expect.event);
    if (auto found = difference(object, expect.fields)) return found;
    if (auto found = missing_items(object, "payload_types", "payload", expect.payloads)) return found;
    if (auto found = missing_items(object, "notifies", "notify", expect.notifies)) return found;
    for (const auto& item : expect.without) {
        for (const auto* list : {"payload_types", "notifies"}) {
            const auto* found = find_field(object, list);
            if (found != nullptr && holds_item(*found, item))
                return fmt::format("has {}, which it should not have", item);
        }
    }
    return std::nullopt;
}

}  // namespace scenario
