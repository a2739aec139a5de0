#pragma once
// A YAML mapping read strictly: every key is asked for by its name and type, and what nobody asked for is an
// error with file and line.
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/base/instant.hpp"

/// A value and where it stood: "FILE:LINE: KEY" or a flag.
template <class T>
struct Setting {
    T value{};
    std::string where;
};
template <class T>
using Given = std::optional<Setting<T>>;

/// The first thing wrong sticks and later reads give nothing, so that a reader is a straight line with
/// finish() at its end.
class YamlMap {
public:
    /// Reads a file; its top must be a mapping.
    static ike::Result<YamlMap> load(const std::string& file);
    YamlMap(std::string file, YAML::Node node);

    bool has(const std::string& key) const;
    Given<std::string> text(const std::string& key);
    /// One text or a list of them.
    Given<std::vector<std::string>> texts(const std::string& key);
    Given<bool> yes_no(const std::string& key);
    Given<std::uint64_t> number(const std::string& key, std::uint64_t least, std::uint64_t most);
    Given<double> decimal(const std::string& key, double least, double most);
    /// "500ms", "30s", "5m", "4h"; a bare number is seconds.
    Given<ike::Duration> duration(const std::string& key);
    std::optional<YamlMap> map(const std::string& key);
    std::vector<YamlMap> maps(const std::string& key);
    std::vector<std::string> keys() const;

    const std::string& file() const { return file_; }
    /// True where the key's value is one text.
    bool is_text(const std::string& key) const;
    /// "FILE:LINE".
    std::string where() const;
    std::string where(const std::string& key) const;
    void fail(const std::string& key, const std::string& why, const std::string& advice = {});
    /// Takes over what went wrong in a mapping inside this one; unknown keys there count.
    void adopt(YamlMap& inner);
    /// The first failure, or the first key that nobody asked for.
    ike::Result<bool> finish();
    bool failed() const { return error_.has_value(); }

private:
    std::optional<YAML::Node> find(const std::string& key);
    std::optional<std::string> scalar(const std::string& key, const YAML::Node& node,
                                      std::string_view wanted);
    std::string file_;
    YAML::Node node_;
    std::vector<std::string> asked_;
    std::optional<ike::Error> error_;
};

/// "500ms", "30s", "5m", "4h", "0.2"; nothing for what is no duration.
std::optional<ike::Duration> parse_duration(std::string_view text);
