#pragma once
// A report as text for eyes and as JSON for tools.
#include "libike/diagnose/diagnoser.hpp"
#include "libike/render/line.hpp"

namespace ike::diagnose {

/// The names of the captures, in their order.
using FileNames = std::span<const std::string>;

/// A summary of the captures, the findings with evidence and advice, the notes in short, the verdict.
void put_text(TextBuffer& out, const Report& report, FileNames files, Colour colour);
/// One object a finding and line: id, severity, grade, frames (file, frame), sa (null where there is none),
/// message, advice, reference.
void put_json(TextBuffer& out, const Report& report, FileNames files);
/// "client.pcapng 12, 15, 19; gateway.pcapng 7"
std::string frames_text(const Diagnosis& finding, FileNames files);

}  // namespace ike::diagnose
