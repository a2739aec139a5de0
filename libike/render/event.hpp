#pragma once
// Events of an engine, as a line for people and as JSON fields.
#include <string>

#include "libike/engine/events.hpp"
#include "libike/render/fields.hpp"

namespace ike {

/// The event's stable name in JSON: "ike_established", "child_deleted", "message" (a MessageTrace) and so on.
std::string_view event_name(const Event& event);
/// Its fields, into an object that is open. Keys themselves (KeysDerived) are left out.
void describe(const Event& event, Fields& fields);
/// "IKE SA 1 established with gw.example at 192.0.2.1:4500 ..."; without time or new line.
std::string event_line(const Event& event);

}  // namespace ike
