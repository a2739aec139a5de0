#pragma once
// IKE_SA_INIT of both roles (RFC 7296 section 1.2).
#include "libike/engine/cookie_jar.hpp"
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// Begins an IKE SA as its initiator, on the first of the paths. The error says what the configuration lacks.
Result<IkeSaId> begin(Turn& turn, const PeerConfig& peer, std::vector<Path> paths);
/// The same again from IKE_SA_INIT on, under the same handle; of the attempt before nothing is left but,
/// where the responder has an IKE SA already, its Delete.
enum class Farewell : std::uint8_t { none, deleted };
void start_over(IkeSa& before, Turn& turn, const Path& path, std::string why,
                Farewell farewell = Farewell::none);
/// A new IKE SA, which takes the place of `old` once it is established.
void succeed(IkeSa& old, Turn& turn, Approach approach);
/// There are pairs of addresses that IKE_SA_INIT was not tried on yet, or not twice.
bool has_more_paths(const IkeSa& sa);
/// Goes on with the next of them; false after the last.
bool try_next_path(IkeSa& sa, Turn& turn);
/// UNEXPECTED_NAT_DETECTED in answer to IKE_AUTH: tried again a few times, someone may have changed one
/// packet (RFC 4555 section 3.9).
bool try_again_after_nat(IkeSa& sa, Turn& turn);
/// Begins an IKE SA that is to take the place of `old`, from where that one is (RFC 7296 section 2.8.3).
void reauthenticate(IkeSa& old, Turn& turn);
/// An IKE_SA_INIT request with a zero responder SPI: answered with COOKIE or a refusal, without any state
/// kept, or taken on.
void respond(Turn& turn, CookieJar& jar, const Path& from, ByteView octets);

}  // namespace ike::engine
