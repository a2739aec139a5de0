// EAP conversations with a stranger: the first octet says which side is ours and its methods; then packets,
// each with two octets of length. 'f': EAP-TLS data in fragments.
#include <cstdlib>

#include "libike/eap/peer.hpp"
#include "libike/eap/server.hpp"
#include "tests/engine/pki.hpp"

namespace {

using namespace ike;

struct Files {
    std::vector<crypto::Certificate> chain = crypto::Certificate::from_pem(testing::pki::gateway_pem).value();
    std::vector<crypto::Certificate> trusted = crypto::Certificate::from_pem(testing::pki::ca_pem).value();
    crypto::PrivateKey key = crypto::PrivateKey::from_pem(testing::pki::gateway_key).value();
    eap::TlsEnd end() const { return {chain, &key, trusted, 1'800'000'000, {}}; }
};

const std::vector<EapType> all{EapType::ms_eap, EapType::md5_challenge, EapType::gtc, EapType::tls};

/// The next packet; its identifier is made to fit, so that the fuzzer need not guess it.
Bytes take_packet(Reader& in, const Bytes& previous) {
    const std::size_t size = in.number<std::uint8_t>("size") * 8u + in.number<std::uint8_t>("more");
    auto packet = to_bytes(in.take(std::min(size, in.remaining()), "packet"));
    if (packet.size() >= 4) {
        if (previous.size() >= 4) packet[1] = previous[1];
        packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
        packet[3] = static_cast<std::uint8_t>(packet.size());
    }
    return packet;
}

void client(Reader in, std::span<const EapType> methods) {
    static const Files files;
    eap::PeerSettings settings;
    settings.methods = {methods.begin(), methods.end()};
    settings.identity = "client.example";
    settings.password = SecretBytes{to_bytes(std::string_view{"password"})};
    SeededRng rng{1};
    eap::Peer peer{settings, eap::Methods::all, files.end(), rng};
    while (in.remaining() > 2) {
        const auto answer = peer.take(take_packet(in, {}));
        if (!answer) return;
        if (!*answer) {
            // Who does not know the password or a key has no way to a key.
            if (peer.method() == EapType::ms_eap || peer.method() == EapType::tls) std::abort();
            return;
        }
        if (!eap::parse_packet(**answer)) std::abort();
    }
}

void server(Reader in, std::span<const EapType> methods) {
    static const Files files;
    eap::ServerSettings settings;
    settings.methods = {methods.begin(), methods.end()};
    settings.users.emplace("a", SecretBytes{to_bytes(std::string_view{"b6s8Zw0Qn1xY"})});
    SeededRng rng{2};
    eap::Server server{settings, eap::Methods::all, files.end(), rng};
    auto request = server.begin();
    while (in.remaining() > 2) {
        auto step = server.take(take_packet(in, request));
        if (!eap::parse_packet(step.packet)) std::abort();
        if (step.kind == eap::Server::Step::Kind::failure) return;
        if (step.kind == eap::Server::Step::Kind::success) std::abort();
        request = std::move(step.packet);
    }
}

void fragments(Reader in) {
    eap::TlsChannel channel{64};
    while (in.remaining() > 2) {
        const std::size_t size = in.number<std::uint16_t>("size");
        const auto received = channel.take(in.take(std::min(size, in.remaining()), "data"));
        if (!received) return;
        if (received->message.size() > eap::TlsChannel::largest) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 65536) return 0;
    const Reader in{ByteView{data + 1, size - 1}};
    const auto which = std::span{all}.subspan(data[0] % 4u);
    if (data[0] == 'f')
        fragments(in);
    else
        (data[0] & 0x40) != 0 ? client(in, which) : server(in, which);
    return 0;
}
