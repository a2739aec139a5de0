// The smallest program that embeds libike, built by the install check against an installed tree.
#include <cstdio>

#include "libike/base/octets.hpp"
#include "libike/base/version.hpp"

int main() { return std::printf("libike %s\n", ike::version) > 0 ? 0 : 1; }
