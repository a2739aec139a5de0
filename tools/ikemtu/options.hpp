#pragma once
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string gateway;
    unsigned least = 0;  ///< octets of an IP packet; 0: 576 or, in IPv6, 1280
    unsigned most = 1500;
    unsigned losses = 3;
    enum class What : std::uint8_t { both, ike, esp } what = What::both;
    std::string ping;
};

void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
