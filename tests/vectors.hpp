#pragma once
// Published vectors: files of tests/vectors with blocks of "name = value" lines, octets in hexadecimal.
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "libike/base/octets.hpp"

/// One case of a vector file.
struct Vector {
    std::string name;
    std::map<std::string, std::string, std::less<>> fields;

    bool has(std::string_view field) const { return fields.contains(field); }
    const std::string& text(std::string_view field) const {
        const auto found = fields.find(field);
        if (found == fields.end()) throw std::runtime_error{name + ": no field " + std::string{field}};
        return found->second;
    }
    unsigned number(std::string_view field) const { return static_cast<unsigned>(std::stoul(text(field))); }
    ike::Bytes operator[](std::string_view field) const {
        auto octets = ike::from_hex(text(field));
        if (!octets) throw std::runtime_error{name + ": not hexadecimal: " + std::string{field}};
        return std::move(*octets);
    }
};

/// The cases of tests/vectors/`file`. A file without cases is a failure, never a test that passes.
inline std::vector<Vector> vectors(const std::string& file) {
    std::ifstream in{std::string{IKE_SOURCE_DIR} + "/tests/vectors/" + file};
    std::vector<Vector> all;
    for (std::string line; std::getline(in, line);) {
        const auto equals = line.find('=');
        if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
        const auto key = line.substr(0, equals - 1);
        const auto value = equals + 2 <= line.size() ? line.substr(equals + 2) : std::string{};
        if (key == "name") all.push_back({value, {}});
        if (all.empty()) throw std::runtime_error{file + ": a value before the first name"};
        all.back().fields[key] = value;
    }
    if (all.empty()) throw std::runtime_error{file + ": no cases"};
    return all;
}
