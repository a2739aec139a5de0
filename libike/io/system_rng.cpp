#include "libike/io/system_rng.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace ike::io {

void SystemRng::fill(MutableBytes octets) {
    while (!octets.empty()) {
        const auto got = getrandom(octets.data(), octets.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error{errno, std::generic_category(), "getrandom"};
        octets = octets.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace ike::io
