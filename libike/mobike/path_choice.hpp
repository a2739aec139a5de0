#pragma once
// Which pairs of addresses could carry an IKE SA (RFC 4555 sections 3.1, 3.5 and 3.10).
#include <vector>

#include "libike/base/address.hpp"

namespace ike::mobike {

/// A local and a remote address of one family.
struct Pair {
    Address local;
    Address remote;
    friend bool operator==(const Pair&, const Pair&) = default;
};
/// All pairs of one family, that in use first, then those that keep the remote address, then the others, each
/// group in the order of the lists. At most `limit`.
std::vector<Pair> candidate_pairs(const Pair& in_use, const std::vector<Address>& local,
                                  const std::vector<Address>& remote, std::size_t limit = 64);

}  // namespace ike::mobike
