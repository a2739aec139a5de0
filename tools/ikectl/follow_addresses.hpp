#pragma once
// A tunnel goes where the machine goes: addresses that come and go move it.
#include <memory>

#include "tools/common/tunnel.hpp"

/// Watches while it lives. Nothing where the profile names its local addresses, MOBIKE is off or the kernel
/// will not tell.
class FollowAddresses;
std::shared_ptr<FollowAddresses> follow_addresses(Tunnel& tunnel, const Profile& profile, Output& output);
