#pragma once
// What a diagnosis consists of: findings with the frames that prove them.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libike/base/finding.hpp"
#include "libike/diagnose/facts.hpp"

namespace ike::diagnose {

/// How sure a finding is.
enum class Grade : std::uint8_t {
    observed,  ///< the packets say so
    inferred,  ///< the likeliest reading of what the packets say
    unknown,   ///< one of several readings that this capture cannot tell apart
};
std::string_view to_string(Grade grade);

/// A frame of one of the captures.
struct FrameRef {
    FileIndex file = 0;
    std::uint64_t frame = 0;
    friend auto operator<=>(const FrameRef&, const FrameRef&) = default;
};

/// What is known of an identifier before anything is found.
struct Entry {
    std::string_view id;
    std::string_view reference;
    std::string_view advice;
};
/// All identifiers, the weightiest first: of two findings of one severity the earlier here comes first.
std::span<const Entry> catalogue();
/// nullptr for a stranger.
const Entry* find_entry(std::string_view id);

/// ESP (or AH) packets of one SPI, from one frame to another.
struct Stretch {
    FileIndex file = 0;
    std::uint32_t spi = 0;
    std::uint64_t from = 0, to = 0;
};

struct Diagnosis {
    std::string_view id;  ///< of the catalogue
    Severity severity{};
    Grade grade{};
    std::vector<FrameRef> frames;  ///< a few that prove it, in order; Findings::take() chooses them
    std::vector<FrameRef> every;   ///< all frames that it is about, beside those of `stretches`
    std::vector<Stretch> stretches;
    std::uint64_t left_out = 0;  ///< frames that it is about and that there was no room for
    std::string sa;              ///< SPIs of the IKE SA, or an ESP SPI; may be empty
    std::string message, advice;
    std::string_view reference;
};

/// Gathers findings; two of one identifier about one SA are one.
class Findings {
public:
    static constexpr std::size_t most_each = 24, most_frames = 12;
    /// `frames` of `file`; 0 among them are left out. The message of what is graded or weighs higher stays.
    Diagnosis& add(std::string_view id, Severity severity, Grade grade, std::string sa, std::string message,
                   FileIndex file, std::initializer_list<std::uint64_t> frames);
    static void add_frames(Diagnosis& to, FileIndex file, std::span<const std::uint64_t> frames);
    /// Drops findings `effect` of SAs that have a finding `cause`, unless that is only one reading of
    /// several.
    void explain(std::string_view cause, std::string_view effect);
    const Diagnosis* find(std::string_view id, std::string_view sa) const;
    bool has(std::string_view id) const;
    /// Ordered: severity, then the catalogue's order, then frames. What was too much is counted in one more
    /// note.
    std::vector<Diagnosis> take();

private:
    std::vector<Diagnosis> found_;
    std::map<std::string_view, std::size_t> left_out_;
};

}  // namespace ike::diagnose
