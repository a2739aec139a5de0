#include "tools/common/chart.hpp"

#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }

Path from(std::string_view local) { return {{address(local), 4500}, {address("127.0.0.1"), 4500}}; }

}  // namespace

TEST_CASE("a timeline shows which address carried data and what was lost", "[tools]") {
    RoamReport report;
    report.begun = Instant{0s};
    report.ended = Instant{4s};
    report.paths = {{Instant{0s}, from("127.0.0.2")}, {Instant{2s}, from("127.0.0.3")}};
    std::vector<Probe> probes;
    for (unsigned n = 0; n < 400; ++n) {
        Probe probe;
        probe.number = n;
        probe.sent = Instant{n * 10ms};
        const bool lost = n >= 200 && n < 208;
        if (!lost) probe.answered = probe.sent + 1ms;
        probes.push_back(probe);
    }
    CHECK(draw_timeline(report, probes, Charset::ascii, 40) ==
          std::vector<std::string>{
              "time       |0 s      |1 s      |2 s      |3 s",
              "127.0.0.2  ####################....................",
              "127.0.0.3  ....................+###################",
              "lost       ....................8...................",
          });
}

TEST_CASE("columns keep the largest of a group and scale to it", "[tools]") {
    const double values[] = {1, 2, 4, 8};
    CHECK(draw_columns(values, "ms", Charset::ascii, 4, 4) == std::vector<std::string>{
                                                                  "     8.00 ms |   |",
                                                                  "     6.00 ms |   |",
                                                                  "     4.00 ms |  ||",
                                                                  "     2.00 ms |:|||",
                                                              });
    const auto grouped = draw_columns(values, "ms", Charset::ascii, 2, 1);
    CHECK(grouped == std::vector<std::string>{"     8.00 ms |.|"});
    CHECK(draw_columns({}, "ms", Charset::ascii).empty());
}
