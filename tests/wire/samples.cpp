#include "tests/wire/samples.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ike::test {
namespace {

std::vector<unsigned> numbers(const std::string& text) {
    std::vector<unsigned> all;
    std::istringstream in{text};
    for (std::string one; std::getline(in, one, ',');) {
        if (one.find('-') == std::string::npos) all.push_back(static_cast<unsigned>(std::stoul(one)));
    }
    return all;
}

Sample sample(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in{line};
    for (std::string cell; std::getline(in, cell, '|');) cells.push_back(cell);
    const auto octets = cells.size() == 5 ? from_hex(cells[4]) : std::nullopt;
    if (!octets) throw std::runtime_error{"ike-messages.txt: not a sample: " + line};
    return {cells[0].substr(0, cells[0].find(' ')), numbers(cells[1]), numbers(cells[2]), numbers(cells[3]),
            *octets};
}

}  // namespace

std::vector<Sample> samples() {
    std::ifstream file{IKE_SOURCE_DIR "/tests/vectors/ike-messages.txt"};
    std::vector<Sample> all;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.front() != '#') all.push_back(sample(line));
    }
    if (all.empty()) throw std::runtime_error{"ike-messages.txt: no samples"};
    return all;
}

}  // namespace ike::test
