#pragma once
// What ikectl was asked to do.
#include "tools/common/options.hpp"

enum class Command : std::uint8_t { connect, serve, status, run };

struct Options {
    Command command{};
    CommonOptions common;
    std::string gateway;                 ///< connect
    std::optional<std::string> ping;     ///< connect: an address, or empty for the gateway's side
    std::uint64_t count = 0;             ///< connect: pings, then the end; 0: until interrupted
    double interval = 1;                 ///< connect: seconds between pings
    bool once = false;                   ///< connect: end as soon as the tunnel is up
    std::string control;                 ///< connect, serve, status; empty: the default path
    std::vector<std::string> scenarios;  ///< run
};

void declare(CLI::App& app, Options& options);
/// What does not fit together, in words; nothing when all is well.
std::optional<std::string> contradiction(const Options& options);
