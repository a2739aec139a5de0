#pragma once
// Messages of others: the lines of tests/vectors/ike-messages.txt.
#include <string>
#include <vector>

#include "tests/wire/lossless.hpp"

namespace ike::test {

struct Sample {
    std::string name;
    std::vector<unsigned> types;    ///< of payloads, proposals (2) and transforms (3), as tshark lists them
    std::vector<unsigned> lengths;  ///< of the same
    std::vector<unsigned> notifies;
    Bytes octets;
};
/// All samples; throws when the file is not what it should be.
std::vector<Sample> samples();

}  // namespace ike::test
