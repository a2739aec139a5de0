#pragma once
#include "tools/common/move_options.hpp"
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string gateway;
    MoveOptions moves{.interval = 2, .probe_interval = 10};  ///< the interval in seconds
};

void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
