#pragma once
// What ikemtu prints.
#include <span>

#include "tools/common/output.hpp"
#include "tools/ikemtu/measured.hpp"

struct Findings {
    ike::Path path;
    std::string ike_suite, esp_suite;
    std::vector<Measured> measured;
    std::vector<IcmpHeard> heard;
    std::size_t largest_ike_in = 0;  ///< octets of the largest IKE message that came from the gateway
    unsigned sas_lost = 0;           ///< IKE SAs that probes cost
    std::optional<InnerLimits> inner;
    bool interrupted = false;
    bool complete() const;
};

class Show {
public:
    explicit Show(Output& output) : output_{output} {}
    void probe(Quest quest, std::size_t size, std::string_view became);
    void icmp(const IcmpHeard& heard);
    void result(const Measured& measured);
    void summary(const Findings& findings);

private:
    void text(const Findings& findings);
    Output& output_;
    unsigned probes_ = 0;
};
