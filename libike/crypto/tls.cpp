#include "libike/crypto/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

namespace {

using ContextHandle = Handle<SSL_CTX, SSL_CTX_free>;
using ConnectionHandle = Handle<SSL, SSL_free>;

// A chain of ten certificates with RSA-8192 keys stays below.
constexpr long largest_chain = 48 * 1024;
constexpr std::size_t most_received = 64;

int number_of(TlsVersion version) { return version == TlsVersion::v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

std::optional<Certificate> certificate_of(X509* x509) {
    unsigned char* der = nullptr;
    const int size = x509 == nullptr ? -1 : i2d_X509(x509, &der);
    if (size <= 0) return std::nullopt;
    auto made = Certificate::from_der({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return made ? std::optional{std::move(*made)} : std::nullopt;
}

}  // namespace

struct Tls::State {
    Settings settings;
    ContextHandle context;
    ConnectionHandle connection;
    BIO *in = nullptr, *out = nullptr;  // the connection's
    std::optional<Certificate> peer;
    std::string objection;  // why the certificate was refused
    Bytes received;

    Result<bool> judge(X509_STORE_CTX* store) const {
        const auto leaf = certificate_of(X509_STORE_CTX_get0_cert(store));
        if (!leaf) return failure("the other side's certificate cannot be read");
        std::vector<Certificate> between;
        const auto* others = X509_STORE_CTX_get0_untrusted(store);
        for (int i = 0; i < sk_X509_num(others); ++i) {
            if (auto each = certificate_of(sk_X509_value(others, i))) between.push_back(std::move(*each));
        }
        const auto valid = verify_chain(*leaf, between, settings.trusted, settings.now);
        if (!valid) return valid;
        // RFC 5216 section 5.3: a client's certificate makes no server.
        const bool client = settings.side == Side::client;
        const int purpose = client ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
        if (X509_check_purpose(leaf->state().x509.get(), purpose, 0) != 1)
            return failure(fmt::format("certificate \"{}\": is not for a TLS {}", leaf->subject(),
                                       client ? "server" : "client"));
        return settings.accept ? settings.accept(*leaf) : true;
    }
    static int verify(X509_STORE_CTX* store, void* argument) {
        auto& state = *static_cast<State*>(argument);
        const auto verdict = state.judge(store);
        ERR_clear_error();
        if (!verdict) {
            state.objection = verdict.error().what;
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
            return 0;
        }
        state.peer = certificate_of(X509_STORE_CTX_get0_cert(store));
        return 1;
    }
    Result<bool> use_own_certificate() {
        auto* ssl = context.get();
        if (settings.chain.empty() || settings.key == nullptr) {
            if (settings.side == Side::client) return true;
            return failure("TLS: a server needs a certificate and its key");
        }
        bool done = SSL_CTX_use_certificate(ssl, settings.chain.front().state().x509.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(ssl, settings.key->state().key.get()) == 1;
        for (const auto& each : settings.chain.subspan(1))
            done = done && SSL_CTX_add1_chain_cert(ssl, each.state().x509.get()) == 1;
        if (!done) return failure("TLS: our certificate cannot be used: " + openssl_reason());
        return true;
    }
    void configure() {
        auto* ssl = context.get();
        const bool versions = SSL_CTX_set_min_proto_version(ssl, number_of(settings.least)) == 1 &&
                              SSL_CTX_set_max_proto_version(ssl, number_of(settings.most)) == 1;
        must(versions, "TLS versions");
        // A server need not know RFC 5746 (strongSwan does not): nothing is ever renegotiated.
        SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_LEGACY_SERVER_CONNECT);
        SSL_CTX_set_num_tickets(ssl, 0);
        SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_max_cert_list(ssl, largest_chain);
        // The chain is what we were given, not what OpenSSL would find for it.
        SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        SSL_CTX_set_cert_verify_callback(ssl, verify, this);
        for (const auto& each : settings.trusted)
            must(SSL_CTX_add_client_CA(ssl, each.state().x509.get()) == 1, "a trusted certificate");
    }
    std::unexpected<Error> stop(std::string_view doing) const {
        const auto why = openssl_reason();
        return failure(fmt::format("TLS {}: {}", doing, objection.empty() ? why : objection));
    }
    /// True while there is more to read.
    Result<bool> read() {
        std::array<std::uint8_t, 256> buffer{};
        const int size = SSL_read(connection.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (size <= 0) {
            const int why = SSL_get_error(connection.get(), size);
            // RFC 9190 section 2.1.1 has no close_notify; it ends the connection all the same.
            if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN) return false;
            return stop("connection");
        }
        append(received, ByteView{buffer}.first(static_cast<std::size_t>(size)));
        if (received.size() > most_received)
            return failure("TLS connection: more application data than expected");
        return true;
    }
};

Tls::Tls(std::unique_ptr<State> state) : state_{std::move(state)} {}
Tls::Tls(Tls&&) noexcept = default;
Tls& Tls::operator=(Tls&&) noexcept = default;
Tls::~Tls() = default;

Result<Tls> Tls::create(Settings settings) {
    ERR_clear_error();
    auto state = std::make_unique<State>();
    state->settings = std::move(settings);
    state->context.reset(SSL_CTX_new(TLS_method()));
    must(state->context != nullptr, "a TLS context");
    state->configure();
    if (const auto used = state->use_own_certificate(); !used) return std::unexpected{used.error()};
    state->connection.reset(SSL_new(state->context.get()));
    BioHandle in{BIO_new(BIO_s_mem())}, out{BIO_new(BIO_s_mem())};
    must(state->connection && in && out, "a TLS connection");
    state->in = in.release();
    state->out = out.release();
    SSL_set_bio(state->connection.get(), state->in, state->out);
    state->settings.side == Side::client ? SSL_set_connect_state(state->connection.get())
                                         : SSL_set_accept_state(state->connection.get());
    return Tls{std::move(state)};
}

Result<bool> Tls::feed(ByteView octets) {
    ERR_clear_error();
    if (!octets.empty())
        must(BIO_write(state_->in, octets.data(), static_cast<int>(octets.size())) ==
                 static_cast<int>(octets.size()),
             "memory for TLS");
    if (!is_established()) {
        const int done = SSL_do_handshake(state_->connection.get());
        if (done != 1) {
            if (SSL_get_error(state_->connection.get(), done) == SSL_ERROR_WANT_READ) return true;
            return state_->stop("handshake");
        }
    }
    for (;;) {
        const auto more = state_->read();
        if (!more) return more;
        if (!*more) return true;
    }
}

Bytes Tls::take_output() {
    Bytes out(BIO_ctrl_pending(state_->out));
    if (!out.empty())
        must(BIO_read(state_->out, out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size()),
             "memory of TLS");
    return out;
}

bool Tls::is_established() const { return SSL_is_init_finished(state_->connection.get()) == 1; }
TlsVersion Tls::version() const {
    return SSL_version(state_->connection.get()) >= TLS1_3_VERSION ? TlsVersion::v1_3 : TlsVersion::v1_2;
}
ByteView Tls::received() const { return state_->received; }

Result<bool> Tls::send(ByteView octets) {
    ERR_clear_error();
    if (SSL_write(state_->connection.get(), octets.data(), static_cast<int>(octets.size())) <= 0)
        return state_->stop("connection");
    return true;
}

SecretBytes Tls::export_key(std::string_view label, std::optional<ByteView> context, std::size_t size) const {
    SecretBytes key{size};
    const auto view = context.value_or(ByteView{});
    must(SSL_export_keying_material(state_->connection.get(), key.mutable_view().data(), size, label.data(),
                                    label.size(), view.data(), view.size(), context ? 1 : 0) == 1,
         "a key of TLS");
    return key;
}

const std::optional<Certificate>& Tls::peer() const { return state_->peer; }

}  // namespace ike::crypto
