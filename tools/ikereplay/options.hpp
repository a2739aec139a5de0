#pragma once
#include "tools/common/options.hpp"

struct Options {
    CommonOptions common;
    std::string file, gateway;
    enum class Mode : std::uint8_t {
        octets,   ///< what was captured, byte for byte
        rekeyed,  ///< the same exchanges, with SPIs, nonces and keys of our own
    } mode = Mode::octets;
    std::vector<std::string> keys;
    std::string spi;
    double speed = 1;
    double wait = 2;  ///< seconds for the last answers
};

void declare(CLI::App& app, Options& options);
/// What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const Options& options);
