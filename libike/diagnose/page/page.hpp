#pragma once
// A report as one self-contained HTML page: no scripts, nothing from the network, light and dark by the
// reader's setting.
#include "libike/diagnose/report.hpp"

namespace ike::diagnose {

/// Findings linked to frames, for each capture a ladder of its messages and a timeline of SAs, paths and ESP.
/// Long captures are drawn in part, and the page says so. All text from outside is escaped.
void put_page(TextBuffer& out, const Report& report, FileNames files);

namespace page {

/// Text for element content and attribute values.
void put_escaped(TextBuffer& out, std::string_view text, std::size_t limit = 300);
/// The anchor of a frame: "f0-12".
std::string anchor(FrameRef ref);
/// One row of a ladder.
struct Row {
    Sighting at;
    std::string text;
    std::uint64_t last_frame = 0;  ///< of the packets that a row stands for
    bool esp = false, repeated = false, lost = false;
};
void put_ladder(TextBuffer& out, const Report& report, const Facts& facts);
void put_timeline(TextBuffer& out, const Facts& facts);
std::string_view style();
/// A frame's findings, by position in the report, from 1.
std::vector<std::size_t> findings_of(const Report& report, FrameRef ref);

}  // namespace page
}  // namespace ike::diagnose
