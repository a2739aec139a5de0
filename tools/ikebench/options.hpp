#pragma once
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string gateway;
    enum class Peer : std::uint8_t { gateway, self } peer = Peer::gateway;
    std::vector<std::string> via;
    unsigned count = 50;
    double interval = 300;      ///< milliseconds
    double probe_interval = 5;  ///< milliseconds
    unsigned size = 84;         ///< octets of a probe
    std::string ping;
};

/// Declares `ikebench roam`.
void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
