// The table of what may arrive when (libike/engine/order.hpp), cell by cell, against one written from the
// RFCs.
#include "libike/engine/order.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace ike;
using engine::Direction;
using engine::Phase;

namespace {

/// Exchanges in the order of the rows below.
constexpr ExchangeType exchanges[] = {ExchangeType::ike_sa_init,      ExchangeType::ike_auth,
                                      ExchangeType::ike_intermediate, ExchangeType::create_child_sa,
                                      ExchangeType::ike_followup_ke,  ExchangeType::informational};
/// One phase: for each exchange "q" where its request may come, "r" where its response may, "b" both, "-"
/// neither.
struct Row {
    Phase phase;
    std::string_view cells;
};
constexpr Row rows[] = {
    // RFC 7296 section 1.2: only its answer, or nothing, is of use to who has sent IKE_SA_INIT.
    {Phase::init_sent, "r-----"},
    // RFC 9242 section 3.2: IKE_INTERMEDIATE between the two, as often as agreed on; before IKE_AUTH is over
    // nothing else but the initiator's word, during EAP, that it does not believe us (RFC 7296
    // section 2.21.2).
    {Phase::init_answered, "-qq--q"},
    {Phase::auth_sent, "-rr---"},
    // IKE_AUTH alone as a retransmission (RFC 7296 section 2.1).
    {Phase::established, "-q-bbb"},
    // Section 2.8: the old IKE SA of a rekey is answered until its Delete is; its requests may still be.
    {Phase::replaced, "---bbb"},
    {Phase::deleting, "-q-bbb"},
    {Phase::gone, "------"},
};

}  // namespace

TEST_CASE("what may arrive when is what the RFCs say, in every cell", "[engine][order]") {
    static_assert(std::size(rows) == engine::phases);
    for (const auto& row : rows) {
        for (unsigned value = 0; value < 256; ++value) {
            const auto exchange = static_cast<ExchangeType>(value);
            const auto* found = std::ranges::find(exchanges, exchange);
            const char cell =
                found == std::end(exchanges) ? '-' : row.cells[static_cast<std::size_t>(found - exchanges)];
            INFO("phase " << static_cast<int>(row.phase) << ", " << to_string(exchange));
            CHECK(engine::may_arrive(row.phase, exchange, Direction::request) ==
                  (cell == 'q' || cell == 'b'));
            CHECK(engine::may_arrive(row.phase, exchange, Direction::response) ==
                  (cell == 'r' || cell == 'b'));
        }
    }
}
