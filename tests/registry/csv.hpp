#pragma once
// Reads the small CSV files of tests/vectors/iana.
#include <fstream>
#include <string>
#include <vector>

namespace ike::test {

inline std::vector<std::string> csv_cells(const std::string& line) {
    std::vector<std::string> cells{""};
    auto quoted = false;
    for (const auto c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else if (c != '\r') {
            cells.back() += c;
        }
    }
    return cells;
}

/// Rows without the heading; empty when there is no such file.
inline std::vector<std::vector<std::string>> csv_rows(const std::string& path) {
    std::vector<std::vector<std::string>> rows;
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) rows.push_back(csv_cells(line));
    return rows;
}

}  // namespace ike::test
