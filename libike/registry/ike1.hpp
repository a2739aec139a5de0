#pragma once
// IKEv1's code points: enough to name its traffic, not to take part in it. All are in namespace ike::ike1.
#include "libike/registry/ike1_message.hpp"
#include "libike/registry/ike1_phase1.hpp"
#include "libike/registry/ike1_phase2.hpp"
