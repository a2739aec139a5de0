#pragma once
#include "tools/common/move_options.hpp"
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string gateway;
    enum class Peer : std::uint8_t { gateway, self } peer = Peer::gateway;
    MoveOptions moves{.count = 50, .interval = 300, .probe_interval = 5};  ///< the interval in milliseconds
};

/// Declares `ikebench roam`.
void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
