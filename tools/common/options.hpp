#pragma once
// The flags that every live tool shares. Strings as the user gave them: profile.hpp makes sense of them.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libike/base/instant.hpp"
#include "libike/io/session.hpp"
#include "libike/render/line.hpp"

namespace CLI {
class App;
}

/// Empty or nothing: not given; the profile, or else the default, decides.
struct CommonOptions {
    std::vector<std::string> profiles;  ///< --peer; one, but for `ikectl serve`
    std::string id, remote_id;
    std::string psk_file;
    std::vector<std::string> cert;  ///< PEM files, leaf first
    std::string key;
    std::vector<std::string> ca;
    std::vector<std::string> local;
    std::optional<std::uint16_t> port;  ///< the gateway's IKE port; of `serve` our own, 0: any free one
    std::optional<std::uint16_t>
        nat_port;  ///< its NAT traversal port; not given: 4500 with 500, else port + 1
    std::string proposal, esp_proposal;
    std::string ts_local, ts_remote;
    bool no_mobike = false;
    std::optional<std::string> tun;  ///< --tun[=NAME]
    std::string dataplane = "user";  ///< or "kernel"; a flag of ikectl alone
    std::string keylog;
    std::string capture;
    bool json = false;
    std::optional<std::uint64_t> seed;
    double timeout = 0;  ///< seconds to establish; 0: what the retransmission timers say
    bool verbose = false;
    std::string colour = "auto";
};

/// How many --peer files a tool takes.
enum class Profiles : std::uint8_t { one, several };
/// Declares the shared flags, grouped so that --help fits a screen.
void declare_common(CLI::App& app, CommonOptions& options, Profiles profiles = Profiles::one);
/// Colour on standard output, by --color, NO_COLOR and whether it is a terminal.
ike::Colour colour_of(const CommonOptions& options);
