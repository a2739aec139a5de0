#pragma once
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string gateway;
    std::vector<std::string> via;
    unsigned count = 0;          ///< 0: once around, back to where it began
    double interval = 2;         ///< seconds
    double probe_interval = 10;  ///< milliseconds
    unsigned size = 84;          ///< octets of a probe
    std::string ping;
};

void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
