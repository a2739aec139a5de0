#pragma once
// From captures to findings: give it every observation in order, then ask for the report.
#include "libike/diagnose/diagnosis.hpp"
#include "libike/diagnose/ends.hpp"
#include "libike/diagnose/gather.hpp"

namespace ike::diagnose {

/// All that was found, and the facts behind it.
struct Report {
    std::vector<Diagnosis> findings;  ///< the weightiest first
    std::vector<Facts> facts;         ///< one a capture
    std::optional<Ends> ends;         ///< with two captures
    /// True when something is wrong: a finding beyond a note.
    bool alarming() const;
};

/// One capture, or two of the same conversation from its two ends. Its memory is bounded: IKE SAs and flows
/// that were silent longest are judged and forgotten when there are too many.
class Diagnoser {
public:
    /// `captures` is 1 or 2.
    explicit Diagnoser(std::size_t captures);
    /// Whether keys were given for a capture: says whether a missing one is worth a word.
    void keys_given(FileIndex file);
    void add(FileIndex file, const Observation& seen);
    Report finish();

private:
    void judge_sas(const Facts& facts, const Ends* ends, const Facts* other);
    std::vector<Gatherer> gatherers_;
    std::vector<Traces> traces_;  ///< empty with one capture
    Findings findings_;
};

}  // namespace ike::diagnose
