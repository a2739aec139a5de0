#include "libike/eap/tls.hpp"

#include <fmt/format.h>

namespace ike::eap {
namespace {

constexpr std::uint8_t protected_success = 0x00;  // RFC 9190 section 2.5

/// The first 64 octets of 128 (RFC 5216 section 2.3, RFC 9190 section 2.3).
SecretBytes msk_of(const crypto::Tls& tls) {
    constexpr std::size_t key_material = 128, msk = 64;
    const auto type = static_cast<std::uint8_t>(EapType::tls);
    if (tls.version() == crypto::TlsVersion::v1_3)
        return tls.export_key("EXPORTER_EAP_TLS_Key_Material", ByteView{&type, 1}, key_material)
            .slice(0, msk);
    return tls.export_key("client EAP encryption", std::nullopt, key_material).slice(0, msk);
}

crypto::Tls::Settings settings_of(crypto::Tls::Side side, const TlsVersions& versions, const TlsEnd& end) {
    crypto::Tls::Settings settings;
    settings.side = side;
    settings.least = versions.least;
    settings.most = versions.most;
    settings.chain = end.chain;
    settings.key = end.key;
    settings.trusted = end.trusted;
    settings.now = end.now;
    return settings;
}

Result<bool> certified(const crypto::Certificate& leaf, const Identity& identity) {
    if (certifies(leaf, identity)) return true;
    return failure(fmt::format("the certificate of {} does not say {}", leaf.subject(), to_string(identity)));
}
/// RFC 9190 section 2.1.4: a NAI without a user name.
bool is_anonymous(std::string_view identity) { return identity.empty() || identity.front() == '@'; }

std::string name_of(const crypto::Certificate& leaf) {
    for (const auto& name : leaf.alternative_names()) {
        for (const std::string_view prefix : {"email:", "dns:"}) {
            if (name.starts_with(prefix)) return name.substr(prefix.size());
        }
    }
    return leaf.subject();
}

}  // namespace

Identity identity_of(std::string_view text) {
    auto identity = Identity::parse(text);
    return identity ? std::move(*identity) : Identity{IdType::key_id, to_bytes(text)};
}

TlsPeer::TlsPeer(const PeerSettings& settings, TlsEnd end)
    : versions_{settings.versions}, end_{std::move(end)}, channel_{settings.fragment} {}

Result<Bytes> TlsPeer::answer(ByteView data) {
    auto received = channel_.take(data);
    if (!received) return std::unexpected{received.error()};
    if (received->start) {
        if (tls_) return failure("a second EAP-TLS start");
        auto settings = settings_of(crypto::Tls::Side::client, versions_, end_);
        if (end_.server)
            settings.accept = [server = *end_.server](const auto& leaf) { return certified(leaf, server); };
        auto made = crypto::Tls::create(std::move(settings));
        if (!made) return std::unexpected{made.error()};
        tls_.emplace(std::move(*made));
        feed({});
        return channel_.next();
    }
    if (!tls_) return failure("an EAP-TLS request before its start");
    if (channel_.has_more()) {
        if (!received->whole || !received->message.empty())
            return failure("EAP-TLS data where an acknowledgement was due");
        return channel_.next();
    }
    if (received->whole && note_.empty()) feed(received->message);
    return channel_.next();
}

void TlsPeer::feed(ByteView octets) {
    const auto fed = tls_->feed(octets);
    if (!fed) note_ = fed.error().what;
    channel_.put(tls_->take_output());
}

bool TlsPeer::is_complete() const {
    if (!tls_ || !note_.empty() || !tls_->is_established()) return false;
    if (tls_->version() == crypto::TlsVersion::v1_2) return true;
    return equal(tls_->received(), ByteView{&protected_success, 1});
}

SecretBytes TlsPeer::msk() const { return msk_of(*tls_); }

TlsServer::TlsServer(const ServerSettings& settings, TlsEnd end, std::string identity)
    : versions_{settings.versions},
      end_{std::move(end)},
      identity_{std::move(identity)},
      channel_{settings.fragment} {}

Verdict TlsServer::step(ByteView data) {
    auto received = channel_.take(data);
    if (!received) return Verdict::failure(received.error().what);
    if (!received->whole) return Verdict::go_on(channel_.next());  // nothing waits: an acknowledgement
    const bool acknowledges = received->message.empty();
    if (channel_.has_more()) {
        if (!acknowledges) return Verdict::failure("EAP-TLS data where an acknowledgement was due");
        return Verdict::go_on(channel_.next());
    }
    if (!refused_.empty()) return Verdict::failure(refused_);
    if (acknowledges && finished_) return Verdict::success();
    if (acknowledges) return Verdict::failure("the client gave the TLS handshake up");
    return feed(received->message);
}

Verdict TlsServer::feed(ByteView octets) {
    if (!tls_) {
        auto settings = settings_of(crypto::Tls::Side::server, versions_, end_);
        if (!is_anonymous(identity_))
            settings.accept = [who = identity_of(identity_)](const auto& leaf) {
                return certified(leaf, who);
            };
        auto made = crypto::Tls::create(std::move(settings));
        if (!made) return Verdict::failure(made.error().what);
        tls_.emplace(std::move(*made));
    }
    auto fed = tls_->feed(octets);
    if (fed && tls_->is_established() && !finished_) {
        finished_ = true;
        if (tls_->version() == crypto::TlsVersion::v1_3) fed = tls_->send(ByteView{&protected_success, 1});
    }
    if (!fed) refused_ = fed.error().what;
    auto output = tls_->take_output();
    if (output.empty())
        return Verdict::failure(refused_.empty() ? "the TLS handshake does not go on" : refused_);
    channel_.put(std::move(output));
    return refused_.empty() ? Verdict::go_on(channel_.next()) : Verdict::refuse(channel_.next(), refused_);
}

SecretBytes TlsServer::msk() const { return msk_of(*tls_); }
std::string TlsServer::identity() const {
    return is_anonymous(identity_) && tls_ && tls_->peer() ? name_of(*tls_->peer()) : identity_;
}

}  // namespace ike::eap
