// EAP of a profile: methods, users and passwords.
#include <fmt/format.h>

#include "libike/eap/packet.hpp"
#include "tools/common/draft.hpp"

using ike::Result;

namespace {

constexpr ike::EapType all_methods[] = {ike::EapType::tls, ike::EapType::ms_eap, ike::EapType::md5_challenge,
                                        ike::EapType::gtc};

Result<std::vector<ike::EapType>> read_methods(const Given<std::vector<std::string>>& given) {
    if (!given) return std::vector<ike::EapType>{};
    std::vector<ike::EapType> methods;
    for (const auto& word : given->value) {
        const auto method = ike::eap::method_from(word);
        if (!method)
            return ike::failure(
                fmt::format("{}: \"{}\" is no EAP method that is spoken here", given->where, word),
                "write mschapv2, tls, md5 or gtc");
        methods.push_back(*method);
    }
    return methods;
}

bool has(const std::vector<ike::EapType>& methods, ike::EapType wanted) {
    return std::ranges::find(methods, wanted) != methods.end();
}
bool needs_password(const std::vector<ike::EapType>& methods) {
    return std::ranges::any_of(methods, [](ike::EapType each) { return each != ike::EapType::tls; });
}

Result<ike::eap::TlsVersions> read_versions(const Given<std::string>& given) {
    using ike::crypto::TlsVersion;
    if (!given) return ike::eap::TlsVersions{};
    if (given->value == "1.2") return ike::eap::TlsVersions{TlsVersion::v1_2, TlsVersion::v1_2};
    if (given->value == "1.3") return ike::eap::TlsVersions{TlsVersion::v1_3, TlsVersion::v1_3};
    return ike::failure(fmt::format("{}: \"{}\" is neither 1.2 nor 1.3", given->where, given->value));
}

Result<ike::SecretBytes> read_password(const Draft& draft) {
    const auto& eap = draft.eap;
    if (eap.password && eap.password_file)
        return ike::failure(eap.password_file->where + ": password is given too", "give one of them");
    if (eap.password) return ike::SecretBytes{ike::to_bytes(eap.password->value)};
    return eap.password_file ? read_secret(*eap.password_file, draft.folder) : ike::SecretBytes{};
}

/// Without `method`, whatever the credentials are good for.
std::vector<ike::EapType> possible(bool password, bool certificate) {
    std::vector<ike::EapType> methods;
    for (const auto each : all_methods) {
        if (each == ike::EapType::tls ? certificate : password) methods.push_back(each);
    }
    return methods;
}

Result<bool> complain(const EapDraft& eap, std::string_view what, std::string advice) {
    return ike::failure(fmt::format("{}: eap: {}", eap.where, what), std::move(advice));
}

Result<bool> read_client(const Draft& draft, Profile& profile) {
    const auto& eap = draft.eap;
    auto methods = read_methods(eap.methods);
    auto password = read_password(draft);
    const auto versions = read_versions(eap.tls_version);
    if (!methods) return std::unexpected{methods.error()};
    if (!password) return std::unexpected{password.error()};
    if (!versions) return std::unexpected{versions.error()};
    const bool certificate = !profile.peer.local->chain.empty();
    if (methods->empty()) *methods = possible(!password->empty(), certificate);
    if (methods->empty())
        return complain(eap, "neither a password nor a certificate", "give password or password_file");
    if (needs_password(*methods) && password->empty())
        return complain(eap, "a method that needs a password", "give password or password_file");
    const bool tls = has(*methods, ike::EapType::tls);
    if (tls && !certificate)
        return complain(eap, "EAP-TLS without a certificate", "give certificates: and key:");
    profile.peer.eap_only = eap.only && eap.only->value;
    if (profile.peer.eap_only && !tls)
        return complain(eap, "only: yes without a method that is safe for it",
                        "EAP-TLS is the one: method: tls");
    if (profile.peer.remote->trusted.empty())
        return complain(eap, "no CA to check the gateway's certificate against",
                        "give its certificate with ca:");
    auto settings = std::make_shared<ike::eap::PeerSettings>();
    settings->methods = std::move(*methods);
    settings->password = std::move(*password);
    settings->versions = *versions;
    settings->identity = eap.identity ? eap.identity->value : to_string(profile.peer.local_id);
    if (eap.server) {
        auto server = ike::Identity::parse(eap.server->value);
        if (!server)
            return ike::failure(eap.server->where + ": " + server.error().what, server.error().advice);
        settings->server = std::move(*server);
    }
    profile.peer.eap = std::move(settings);
    return true;
}

Result<bool> read_server(const Draft& draft, Profile& profile) {
    const auto& eap = draft.eap;
    auto methods = read_methods(eap.server_methods);
    const auto versions = read_versions(eap.server_tls_version);
    if (!methods) return std::unexpected{methods.error()};
    if (!versions) return std::unexpected{versions.error()};
    // MD5 and GTC prove nothing of the server and make no key: by name alone.
    if (methods->empty()) *methods = {ike::EapType::ms_eap};
    if (needs_password(*methods) && eap.users.empty())
        return ike::failure("EAP methods with passwords and no users", "name them under eap_users:");
    if (profile.peer.local->chain.empty())
        return ike::failure("EAP, but no certificate of ours",
                            "give certificates: and key: (--cert and --key)");
    if (has(*methods, ike::EapType::tls) && profile.peer.remote->trusted.empty())
        return ike::failure("EAP-TLS without a CA for the clients' certificates", "give it with ca:");
    profile.peer.eap_only = eap.only && eap.only->value;
    auto settings = std::make_shared<ike::eap::ServerSettings>();
    settings->methods = std::move(*methods);
    settings->versions = *versions;
    for (const auto& [name, password] : eap.users)
        settings->users.emplace(name, ike::SecretBytes{ike::to_bytes(password)});
    profile.peer.eap_server = std::move(settings);
    return true;
}

}  // namespace

Result<bool> read_eap(const Draft& draft, Profile& profile, Role role) {
    if (role == Role::initiator && draft.eap.is_client()) return read_client(draft, profile);
    if (role == Role::responder && draft.eap.is_server()) return read_server(draft, profile);
    return true;
}
