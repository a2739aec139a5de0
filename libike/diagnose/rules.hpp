#pragma once
// The rules: each looks at facts and adds findings. One file a family.
#include "libike/diagnose/diagnosis.hpp"
#include "libike/diagnose/ends.hpp"
#include "libike/diagnose/views.hpp"

namespace ike::diagnose {

/// What a rule has before it.
struct Case {
    const Facts& facts;
    const Ends* ends;    ///< nullptr with one capture
    const Facts* other;  ///< of the other end's capture, where there is one of the same packets
    Findings& out;

    Diagnosis& add(std::string_view id, Severity severity, Grade grade, std::string sa, std::string message,
                   std::initializer_list<std::uint64_t> frames) const {
        return out.add(id, severity, grade, std::move(sa), std::move(message), facts.file, frames);
    }
    Diagnosis& add(std::string_view id, Severity severity, Grade grade, std::string sa, std::string message,
                   const std::vector<std::uint64_t>& frames) const {
        auto& made = add(id, severity, grade, std::move(sa), std::move(message), {});
        Findings::add_frames(made, facts.file, frames);
        return made;
    }
    /// The same, of packets that were counted and of which some may be left out.
    Diagnosis& add(std::string_view id, Severity severity, Grade grade, std::string sa, std::string message,
                   const Oddity& packets) const {
        auto& made = add(id, severity, grade, std::move(sa), std::move(message), packets.frames);
        made.left_out += packets.count - packets.frames.size();
        return made;
    }
    /// ESP of a flow from one frame to another is what the finding is about.
    void add_stretch(Diagnosis& to, const EspFlow& flow, std::uint64_t from, std::uint64_t until) const {
        to.stretches.push_back({facts.file, flow.spi, from, until});
    }
    /// What became of the sendings of a message: arrived if one did, lost if some were and none arrived.
    Fate fate(const MessageFacts& message) const;
    /// The same exchange in the other end's capture; nullptr where it is not, or there is none.
    const Exchange* exchange_there(const IkeSaFacts& sa, const Exchange& exchange) const;
    /// The ICMP error that a sending of the message met, from the addressee itself or from a router on the
    /// way; nullptr where there is none.
    const IcmpFacts* complaint(const MessageFacts& message) const;
    /// How often the other end's capture has an answer to this exchange: 0 too where there is none.
    std::uint32_t answers_there(const IkeSaFacts& sa, const Exchange& exchange) const;
};

void judge_reach(const Case& in, const IkeSaFacts& sa);        ///< silence: dead peers, paths, blocked ports
void judge_init(const Case& in, const IkeSaFacts& sa);         ///< IKE_SA_INIT and the way to IKE_AUTH
void judge_size(const Case& in, const IkeSaFacts& sa);         ///< fragments and path MTU
void judge_auth(const Case& in, const IkeSaFacts& sa);         ///< refused authentication
bool judge_eap(const Case& in, const IkeSaFacts& sa);          ///< EAP that failed: true where it did
void judge_negotiation(const Case& in, const IkeSaFacts& sa);  ///< proposals, selectors, groups, collisions
void judge_errors(const Case& in, const IkeSaFacts& sa);       ///< error notifications of no other rule
void judge_mobility(const Case& in, const IkeSaFacts& sa);     ///< MOBIKE, and moving without
void judge_without_mobike(const Case& in, const IkeSaFacts& sa);  ///< a new IKE SA instead of a move
void judge_paths(const Case& in, const IkeSaFacts& sa);           ///< ESP against the path of its IKE SA
void judge_data(const Case& in, const IkeSaFacts& sa);            ///< ESP both ways
void judge_crypto(const Case& in, const IkeSaFacts& sa);          ///< weak algorithms
void judge_offers(const Case& in);                                ///< weak algorithms that were not taken
void judge_keys(const Case& in, const IkeSaFacts& sa);            ///< what could not be opened, and why
void judge_flow(const Case& in, const EspFlow& flow);             ///< sequence numbers
/// What is about the capture as a whole.
void judge_capture(const Case& in);
void judge_icmp(const Case& in);
void judge_fragments(const Case& in);
/// What only two captures tell.
void judge_ends(const Ends& ends, const Facts& first, const Facts& second, Findings& out);

}  // namespace ike::diagnose
