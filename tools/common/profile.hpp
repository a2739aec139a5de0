#pragma once
// A peer as a profile file (ike-peer(5)) and flags describe it, files read, ready for an engine.
#include "libike/engine/config.hpp"
#include "tools/common/options.hpp"

/// Which end of the IKE SAs a tool is.
enum class Role : std::uint8_t { initiator, responder };

/// One peer and where we stand towards it.
struct Profile {
    ike::PeerConfig peer;
    std::string gateway;                     ///< name or address; empty where none is named
    std::vector<std::string> more_gateways;  ///< tried in this order where the first does not answer
    std::vector<ike::Address> local;         ///< empty: any
    std::uint16_t gateway_port = 500;
    std::uint16_t gateway_nat_port = 4500;
    std::uint16_t own_port = 0;  ///< 0: any free one
    std::uint16_t own_nat_port = 0;
    bool force_udp = false;  ///< `encapsulation: always`
};

/// A profile file alone. Errors are "FILE:LINE: what is wrong", with advice.
ike::Result<Profile> read_profile(const std::string& file, Role role);
/// Profile file, where there is one, with the flags over it; key and certificate files are read. Says what is
/// missing.
ike::Result<Profile> resolve_profile(const CommonOptions& options, Role role,
                                     const std::string& gateway = {});
/// For a responder: one Profile for each --peer, or one of the flags alone.
ike::Result<std::vector<Profile>> resolve_profiles(const CommonOptions& options);

/// What a session needs for these peers: ports, addresses, key log, capture, seed, inner side. `application`
/// is the tool's name.
ike::io::SessionConfig session_config(std::vector<Profile> profiles, const CommonOptions& options, Role role,
                                      std::string_view application);
