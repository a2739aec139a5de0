#include "tools/common/yaml_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

using ike::Error;
using ike::Result;

namespace {

/// How many single-letter changes make one word the other, roughly: enough to guess what was meant.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
        }
    }
    return row[b.size()];
}

std::string known_keys_advice(const std::string& key, const std::vector<std::string>& known) {
    const auto closest =
        std::ranges::min_element(known, {}, [&](const auto& one) { return distance(key, one); });
    if (closest != known.end() && distance(key, *closest) <= 1 + key.size() / 3)
        return fmt::format("did you mean {}?", *closest);
    return fmt::format("known here: {}", fmt::join(known, ", "));
}

}  // namespace

std::optional<ike::Duration> parse_duration(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || !(value >= 0) || value > 1e9) return std::nullopt;
    const auto scale = unit == "ms"                   ? 1e-3
                       : unit == "s" || unit.empty()  ? 1.0
                       : unit == "m" || unit == "min" ? 60.0
                       : unit == "h"                  ? 3600.0
                                                      : 0.0;
    if (scale == 0.0) return std::nullopt;
    return std::chrono::round<ike::Duration>(std::chrono::duration<double>{value * scale});
}

Result<YamlMap> YamlMap::load(const std::string& file) {
    std::ifstream in{file};
    if (!in)
        return ike::failure(fmt::format("{}: {}", file, std::strerror(errno)),
                            "check the file's name and who may read it");
    std::ostringstream all;
    all << in.rdbuf();
    try {
        auto node = YAML::Load(all.str());
        if (!node.IsMap()) {
            const auto line = node.Mark().is_null() ? 1 : node.Mark().line + 1;
            return ike::failure(fmt::format("{}:{}: no mapping of keys to values", file, line),
                                "a line looks like \"id: client.example\"");
        }
        return YamlMap{file, std::move(node)};
    } catch (const YAML::Exception& wrong) {
        return ike::failure(fmt::format("{}:{}: not YAML: {}", file, wrong.mark.line + 1, wrong.msg),
                            "mind indentation, quotes and the space after each colon");
    }
}

YamlMap::YamlMap(std::string file, YAML::Node node) : file_{std::move(file)}, node_{std::move(node)} {}

std::string YamlMap::where() const { return fmt::format("{}:{}", file_, node_.Mark().line + 1); }

std::string YamlMap::where(const std::string& key) const {
    for (const auto& pair : node_) {
        if (pair.first.IsScalar() && pair.first.Scalar() == key)
            return fmt::format("{}:{}: {}", file_, pair.first.Mark().line + 1, key);
    }
    return where() + ": " + key;
}

void YamlMap::fail(const std::string& key, const std::string& why, const std::string& advice) {
    if (!error_) error_ = Error{fmt::format("{}: {}", where(key), why), advice};
}

bool YamlMap::has(const std::string& key) const { return node_[key].IsDefined(); }

bool YamlMap::is_text(const std::string& key) const {
    return node_[key].IsDefined() && node_[key].IsScalar();
}

std::optional<YAML::Node> YamlMap::find(const std::string& key) {
    if (std::ranges::find(asked_, key) == asked_.end()) asked_.push_back(key);
    if (error_) return std::nullopt;
    const auto& node = std::as_const(node_)[key];
    if (!node.IsDefined() || node.IsNull()) return std::nullopt;
    return node;
}

std::optional<std::string> YamlMap::scalar(const std::string& key, const YAML::Node& node,
                                           std::string_view wanted) {
    if (node.IsScalar()) return node.Scalar();
    fail(key, fmt::format("wants {}, not a {}", wanted, node.IsMap() ? "mapping" : "list"));
    return std::nullopt;
}

Given<std::string> YamlMap::text(const std::string& key) {
    const auto node = find(key);
    if (!node) return std::nullopt;
    auto value = scalar(key, *node, "one text");
    if (!value) return std::nullopt;
    return Setting<std::string>{std::move(*value), where(key)};
}

Given<std::vector<std::string>> YamlMap::texts(const std::string& key) {
    const auto node = find(key);
    if (!node) return std::nullopt;
    Setting<std::vector<std::string>> found{{}, where(key)};
    if (!node->IsSequence()) {
        auto value = scalar(key, *node, "a text or a list of texts");
        if (!value) return std::nullopt;
        found.value.push_back(std::move(*value));
        return found;
    }
    for (const auto& item : *node) {
        auto value = scalar(key, item, "a list of texts");
        if (!value) return std::nullopt;
        found.value.push_back(std::move(*value));
    }
    return found;
}

Given<bool> YamlMap::yes_no(const std::string& key) {
    const auto given = text(key);
    if (!given) return std::nullopt;
    bool value = false;
    if (!YAML::convert<bool>::decode(std::as_const(node_)[key], value)) {
        fail(key, fmt::format("\"{}\" is neither yes nor no", given->value), "write yes or no");
        return std::nullopt;
    }
    return Setting<bool>{value, given->where};
}

Given<std::uint64_t> YamlMap::number(const std::string& key, std::uint64_t least, std::uint64_t most) {
    const auto given = text(key);
    if (!given) return std::nullopt;
    std::uint64_t value = 0;
    const auto& digits = given->value;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < least || value > most) {
        fail(key, fmt::format("\"{}\" is no whole number from {} to {}", digits, least, most));
        return std::nullopt;
    }
    return Setting<std::uint64_t>{value, given->where};
}

Given<double> YamlMap::decimal(const std::string& key, double least, double most) {
    const auto given = text(key);
    if (!given) return std::nullopt;
    double value = 0;
    const auto& digits = given->value;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || !(value >= least && value <= most)) {
        fail(key, fmt::format("\"{}\" is no number from {} to {}", digits, least, most));
        return std::nullopt;
    }
    return Setting<double>{value, given->where};
}

Given<ike::Duration> YamlMap::duration(const std::string& key) {
    const auto given = text(key);
    if (!given) return std::nullopt;
    const auto value = parse_duration(given->value);
    if (!value) {
        fail(key, fmt::format("\"{}\" is no time", given->value), "write 500ms, 30s, 5m or 4h");
        return std::nullopt;
    }
    return Setting<ike::Duration>{*value, given->where};
}

std::optional<YamlMap> YamlMap::map(const std::string& key) {
    const auto node = find(key);
    if (!node) return std::nullopt;
    if (!node->IsMap()) {
        fail(key, "wants a mapping of keys to values");
        return std::nullopt;
    }
    return YamlMap{file_, *node};
}

std::vector<YamlMap> YamlMap::maps(const std::string& key) {
    const auto node = find(key);
    if (!node) return {};
    std::vector<YamlMap> found;
    if (node->IsSequence()) {
        for (const auto& item : *node) {
            if (item.IsMap()) found.emplace_back(file_, item);
        }
    }
    if (!node->IsSequence() || found.size() != node->size()) {
        fail(key, "wants a list of mappings", "each begins with \"- \"");
        return {};
    }
    return found;
}

std::vector<std::string> YamlMap::keys() const {
    std::vector<std::string> found;
    for (const auto& pair : node_)
        found.push_back(pair.first.IsScalar() ? pair.first.Scalar() : std::string{"?"});
    return found;
}

void YamlMap::adopt(YamlMap& inner) {
    const auto outcome = inner.finish();
    if (!outcome && !error_) error_ = outcome.error();
}

Result<bool> YamlMap::finish() {
    if (error_) return std::unexpected{*error_};
    std::vector<std::string> seen;
    for (const auto& key : keys()) {
        if (std::ranges::find(asked_, key) == asked_.end()) {
            return ike::failure(fmt::format("{}: no such key", where(key)), known_keys_advice(key, asked_));
        }
        if (std::ranges::find(seen, key) != seen.end())
            return ike::failure(fmt::format("{}: given twice", where(key)));
        seen.push_back(key);
    }
    return true;
}
