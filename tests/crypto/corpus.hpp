#pragma once
// Vectors of others under IKE_CORPUS/vectors: Wycheproof's JSON and Botan's text.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "libike/base/octets.hpp"

namespace corpus {

using ike::Bytes;
using ike::ByteView;
using Json = nlohmann::json;

/// The folder, where IKE_CORPUS names one.
inline std::optional<std::filesystem::path> folder(const char* part) {
    const char* root = std::getenv("IKE_CORPUS");
    if (root == nullptr || *root == '\0') return std::nullopt;
    return std::filesystem::path{root} / "vectors" / part;
}

inline Bytes octets(const Json& json, const char* field) {
    return ike::from_hex(json.at(field).get<std::string>()).value();
}

/// One Wycheproof case with its group.
struct Case {
    const Json& group;
    const Json& test;
    bool valid() const { return test.at("result") == "valid"; }
    bool invalid() const { return test.at("result") == "invalid"; }
    Bytes operator[](const char* field) const { return octets(test, field); }
    unsigned size(const char* field) const { return group.at(field).get<unsigned>(); }
    std::string word(const char* field) const { return group.at(field).get<std::string>(); }
    bool flagged(std::string_view flag) const {
        for (const auto& each : test.at("flags")) {
            if (each == flag) return true;
        }
        return false;
    }
};
/// Runs one case: true if it was one for us. Called for each of a file.
using Runner = std::function<bool(const Case&)>;

struct Block {
    std::string section;
    std::map<std::string, std::string, std::less<>> fields;
    Bytes operator[](std::string_view field) const {
        const auto found = fields.find(field);
        return found == fields.end() ? Bytes{} : ike::from_hex(found->second).value();
    }
};
/// The blocks of one of Botan's files.
inline std::vector<Block> blocks(const std::filesystem::path& path) {
    std::ifstream in{path};
    std::vector<Block> all;
    Block block;
    const auto finish = [&] {
        if (!block.fields.empty()) all.push_back(block);
        block.fields.clear();
    };
    for (std::string line; std::getline(in, line);) {
        const auto equals = line.find('=');
        if (line.empty()) finish();
        if (line.starts_with('[')) {
            finish();
            block.section = line.substr(1, line.find(']') - 1);
        } else if (!line.starts_with('#') && equals != std::string::npos) {
            auto key = line.substr(0, equals);
            while (key.ends_with(' ')) key.pop_back();
            auto value = line.substr(equals + 1);
            while (value.starts_with(' ')) value.erase(0, 1);
            // A field that comes again starts a block of its own.
            if (block.fields.contains(key)) finish();
            block.fields[key] = value;
        }
    }
    finish();
    return all;
}

}  // namespace corpus
